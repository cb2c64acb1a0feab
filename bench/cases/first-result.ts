import type { Case } from "../harness/case.ts";
import { contestant, pythonContestant, timed } from "../harness/contestants.ts";
import { pools } from "../peers/index.ts";
import { messagePortSettings, startBareWorker } from "../peers/message-port.ts";

/** Issue 4, row 10. */
export const firstResult: Case = {
  name: "first-result",
  description:
    "A new pool of one worker, one task, until its result is there. The pool's end is not counted.",
  metrics: { cost: "ms" },
  notes: ["Loading the packages in the parent is not counted: they are there once they have been imported."],
  bars: () => [
    { text: "at most 1.5 times a bare Worker's", against: { names: ["bare Worker"] }, atLeast: 1 / 1.5 },
  ],
  async run() {
    const contestants = pools.map(({ name, load }) =>
      contestant(
        name,
        name === "ours" ? "ours" : "node pool",
        "one worker, otherwise as for the round trip",
        async () => {
          const peer = await load();
          return {
            async measure() {
              let close = async (): Promise<void> => {};
              const cost = await timed(async () => {
                const pool = await peer.open(1, "latency");
                close = () => pool.close();
                await pool.call("square", 7);
              });
              await close();
              return { cost };
            },
            close: async () => {},
          };
        },
      ),
    );
    return [
      ...contestants,
      contestant("bare Worker", "bare", messagePortSettings, async () => ({
        async measure() {
          const start = performance.now();
          const worker = startBareWorker("square");
          await worker.call(7);
          const cost = performance.now() - start;
          await worker.close();
          return { cost };
        },
        close: async () => {},
      })),
      pythonContestant("python ProcessPoolExecutor, fork", "max_workers=1", "executor", {
        work: "first",
        method: "fork",
      }),
      pythonContestant("python ProcessPoolExecutor, spawn", "max_workers=1", "executor", {
        work: "first",
        method: "spawn",
      }),
    ];
  },
};
