export {
  FakeClock,
  type Fault,
  Latch,
  SimulatedExecutor,
  type SimulatedExecutorOptions,
} from "@concurrent-futures/testing";
