import { type Case, Skipped } from "../harness/case.ts";
import { contestant } from "../harness/contestants.ts";
import { liveBytes } from "../harness/memory.ts";

/** Issue 4, row 11. */
export const pendingFutures: Case = {
  name: "pending-futures",
  description:
    "1,000,000 submits while all workers are occupied: live bytes per pending future on the caller's side; then all are cancelled, and a tenth as many for comparison.",
  metrics: { cost: "bytes", cancel: "us", growth: "ratio" },
  notes: [
    "The caller's own array of futures (8 bytes each) is counted, the calls' arguments (one small integer each) as well.",
    "growth: cost of one cancel among 1,000,000 over that among 100,000; a quadratic cancel would give 10.",
  ],
  bars: () => [
    { text: "at most 300 bytes each", against: { limit: 300, what: "300 bytes" }, atLeast: 1 },
    {
      text: "cancelling them all is linear",
      metric: "growth",
      against: { limit: 2.5, what: "2.5 times the cost per cancel at ten times the number" },
      atLeast: 1,
    },
  ],
  async run({ workers, quick, times }) {
    const count = quick ? 2_000 : 1_000_000 * times;
    return [
      contestant("ours", "ours", `ProcessPoolExecutor(${workers}), submit and cancel()`, async () => {
        if (times > 10)
          throw new Skipped(`${count} pending futures do not fit into the memory of this process`);
        const { openOurs, taskNamed } = await import("../peers/ours.ts");
        const executor = openOurs(workers);
        const square = taskNamed("square");
        const hold = taskNamed("hold");
        const gate = new Int32Array(new SharedArrayBuffer(4));
        const holders = Array.from({ length: workers }, () => executor.submit(hold, gate));
        while (!holders.every((holder) => holder.running())) await new Promise(setImmediate);
        const fill = async (length: number): Promise<{ bytes: number; cancel: number }> => {
          const before = liveBytes();
          const futures = Array.from({ length }, (_, at) => executor.submit(square, at));
          const bytes = (liveBytes() - before) / length;
          const start = performance.now();
          let cancelled = 0;
          for (const future of futures) if (future.cancel()) cancelled++;
          const cancel = ((performance.now() - start) * 1000) / length;
          // A batch dispatched to an occupied worker is stolen back by the same cancel.
          if (cancelled < length)
            throw new Error(`${length - cancelled} of ${length} could not be cancelled`);
          await new Promise(setImmediate);
          return { bytes, cancel };
        };
        return {
          async measure() {
            const few = await fill(count / 10);
            const many = await fill(count);
            return { cost: many.bytes, cancel: many.cancel, growth: many.cancel / few.cancel };
          },
          async close() {
            Atomics.store(gate, 0, 1);
            Atomics.notify(gate, 0);
            await executor.shutdown();
          },
        };
      }),
    ];
  },
};
