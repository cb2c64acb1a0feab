export { burn } from "./burn.ts";
export { echo } from "./echo.ts";
export { fib } from "./fib.ts";
export { hold } from "./hold.ts";
export { spin } from "./spin.ts";
export { square } from "./square.ts";
export { squareAll } from "./square-all.ts";
export { touchShared } from "./touch-shared.ts";
