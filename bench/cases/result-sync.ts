import type { Case } from "../harness/case.ts";
import { contestant } from "../harness/contestants.ts";
import { latencyNote, latencySync } from "../harness/latency.ts";
import { atomicsWaitSettings, startBlockingWorker } from "../peers/atomics-wait.ts";
import { openSynckit, synckitSettings } from "../peers/synckit.ts";

/** Issue 4, row 5. */
export const resultSync: Case = {
  name: "result-sync",
  description: "submit(...).resultSync() on a warm pool: the median trip of 100 one after the other.",
  metrics: { cost: "us" },
  notes: [
    latencyNote,
    "The bare trip moves a number in shared memory. Ours sends a message each way, as synckit does: a clone, a port's queue, and a wake-up by `Atomics.notify` beside it.",
  ],
  bars: () => [
    {
      text: "at most 1.25 times a bare Atomics.wait round trip",
      against: { names: ["bare Atomics.wait"] },
      atLeast: 1 / 1.25,
    },
    { text: "no slower than synckit's blocking call", against: { names: ["synckit"] }, atLeast: 1 },
  ],
  async run({ workers, quick, times }) {
    const trips = quick ? 5 : 100 * times;
    return [
      contestant("ours", "ours", `ProcessPoolExecutor(${workers}), one warm worker at least`, async () => {
        const { openOurs, taskNamed } = await import("../peers/ours.ts");
        const executor = openOurs(workers);
        const square = taskNamed("square");
        await executor.submit(square, 1);
        return {
          // The event loop turns once between rounds, as it would in a program.
          measure: () => latencySync(trips, (at) => executor.submit(square, at).resultSync(10_000)),
          close: () => executor.shutdown(),
        };
      }),
      contestant("synckit", "node pool", synckitSettings, async () => {
        const square = openSynckit();
        square(1);
        return { measure: () => latencySync(trips, square), close: async () => {} };
      }),
      contestant("bare Atomics.wait", "bare", atomicsWaitSettings, async () => {
        const worker = startBlockingWorker("square");
        worker.callSync(1);
        return { measure: () => latencySync(trips, worker.callSync), close: worker.close };
      }),
    ];
  },
};
