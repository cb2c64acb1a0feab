export { FakeClock } from "./fake-clock.ts";
export { Latch } from "./latch.ts";
