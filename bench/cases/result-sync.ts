import type { Case, Sample } from "../harness/case.ts";
import { contender } from "../harness/contenders.ts";
import { median } from "../harness/statistics.ts";
import { atomicsWaitSettings, startBlockingWorker } from "../peers/atomics-wait.ts";

function medianSync(trips: number, call: (at: number) => unknown): Sample {
  const all: number[] = [];
  for (let at = 0; at < trips; at++) {
    const start = performance.now();
    call(at);
    all.push((performance.now() - start) * 1000);
  }
  return { cost: median(all) };
}

/** Issue 4, row 5. */
export const resultSync: Case = {
  name: "result-sync",
  description: "submit(...).resultSync() on a warm pool: the median of 500 one after the other.",
  metrics: { cost: "us" },
  bars: () => [
    {
      text: "at most 1.25 times a bare Atomics.wait round trip",
      against: { names: ["bare Atomics.wait"] },
      atLeast: 1 / 1.25,
    },
  ],
  async run({ workers, quick, times }) {
    const trips = quick ? 20 : 500 * times;
    return [
      contender("ours", "ours", `ProcessPoolExecutor(${workers}), one warm worker at least`, async () => {
        const { openOurs, taskNamed } = await import("../peers/ours.ts");
        const executor = openOurs(workers);
        const square = taskNamed("square");
        await executor.submit(square, 1);
        return {
          // The event loop turns once between rounds, as it would in a program.
          measure: async () => medianSync(trips, (at) => executor.submit(square, at).resultSync(10_000)),
          close: () => executor.shutdown(),
        };
      }),
      contender("bare Atomics.wait", "bare", atomicsWaitSettings, async () => {
        const worker = startBlockingWorker("square");
        worker.callSync(1);
        return { measure: async () => medianSync(trips, worker.callSync), close: worker.close };
      }),
    ];
  },
};
