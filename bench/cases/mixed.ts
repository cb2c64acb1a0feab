import { availableParallelism } from "node:os";
import type { Case } from "../harness/case.ts";
import { poolContestants, timed } from "../harness/contestants.ts";
import { listSchedule } from "../harness/statistics.ts";
import type { PeerPool } from "../peers/peer.ts";

const short = 0.1;

function lengths(quick: boolean, times: number, at: "first" | "middle"): number[] {
  const count = quick ? 50 : 5_000 * times;
  const all = new Array<number>(count).fill(short);
  all.splice(at === "first" ? 0 : count >> 1, 0, quick ? 5 : 200);
  return all;
}

function mixedCase(name: string, place: "first" | "middle"): Case {
  return {
    name,
    description: `5,000 tasks of 0.1 ms and one of 200 ms, submitted ${place === "first" ? "before" : "in the middle of"} them, each by itself; cost of all together.`,
    metrics: { cost: "ms" },
    notes: [
      "The tasks spin on the clock, so this asks about order, not about arithmetic. The best schedule gives each free worker the next task and costs nothing itself.",
      "On two processors both workers spin all the time: what the main thread needs for 5,000 calls, it takes from one of them.",
    ],
    bars({ workers, quick, times }) {
      const best = listSchedule(lengths(quick, times, place), Math.min(workers, availableParallelism()));
      return [
        {
          text: "within 10 % of the best possible schedule",
          against: { limit: best, what: `the best schedule, ${best.toFixed(1)} ms` },
          atLeast: 1 / 1.1,
        },
      ];
    },
    async run(scale) {
      const all = lengths(scale.quick, scale.times, place);
      const measure = async (pool: PeerPool) => ({
        cost: await timed(() => Promise.all(all.map((length) => pool.call("spin", length)))),
      });
      return poolContestants({ scale, aim: "latency", measure });
    },
  };
}

/** Issue 4, row 6. */
export const mixed: Case = mixedCase("mixed", "first");
/** The same with the long task where the batches have already grown. */
export const mixedMiddle: Case = mixedCase("mixed-middle", "middle");
