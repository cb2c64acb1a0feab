import { SimulatedExecutor } from "@concurrent-futures/testing";

/** The suites that all executors must pass, in simulated time. */

Object.assign(globalThis, {
  contractSubject: {
    name: "SimulatedExecutor",
    create: ({ maxWorkers = 5 } = {}) => new SimulatedExecutor({ seed: 1, workers: maxWorkers }),
    exceptions: { test_max_workers_negative: "its option is called `workers`" },
  },
});

/** Not that of `shutdown`: most of it is programs that make a pool by its name. */
const suites = [
  "executor",
  "wait",
  "as-completed",
  "settled",
  "abort-signal",
  "retries",
  "task-group",
  "task-group-interleavings",
];

for (const suite of suites) await import(`../../conformance/test/${suite}.test.ts`);
