import { submitAll } from "../harness/batching.ts";
import type { Case } from "../harness/case.ts";
import { contestant, timed } from "../harness/contestants.ts";
import { limitSettings, openLimit } from "../peers/p-limit.ts";

const concurrency = 8;

/** Issue 4, row 12. */
export const threadPool: Case = {
  name: "thread-pool",
  description: "100,000 async calls that resolve at once, through a ThreadPoolExecutor; cost per call.",
  metrics: { cost: "us" },
  bars: () => [
    {
      text: "no slower than p-limit used directly plus 30 %",
      against: { names: ["p-limit"] },
      atLeast: 1 / 1.3,
    },
  ],
  async run({ quick, times }) {
    const count = quick ? 200 : 100_000 * times;
    const task = async (): Promise<number> => 1;
    return [
      contestant("ours", "ours", `new ThreadPoolExecutor(${concurrency})`, async () => {
        const { ThreadPoolExecutor } = await import("concurrent-futures");
        const executor = new ThreadPoolExecutor(concurrency);
        return {
          async measure() {
            const took = await timed(() => submitAll(count, () => executor.submit(task)));
            return { cost: (took * 1000) / count };
          },
          close: () => executor.shutdown(),
        };
      }),
      contestant("p-limit", "limiter", limitSettings(concurrency), async () => {
        const limit = openLimit(concurrency);
        return {
          async measure() {
            const took = await timed(() => submitAll(count, () => limit(task)));
            return { cost: (took * 1000) / count };
          },
          close: async () => {},
        };
      }),
    ];
  },
};
