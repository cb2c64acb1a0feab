export { pickle } from "./pickle.ts";
export { unpickle } from "./unpickle.ts";
