export { FakeClock, Latch } from "@concurrent-futures/core/testing";
export type { Fault } from "./faults.ts";
export { SimulatedExecutor, type SimulatedExecutorOptions } from "./simulated-executor.ts";
