import { type Awaiting, submitAll } from "../harness/batching.ts";
import type { Case } from "../harness/case.ts";
import {
  otherContestants,
  poolContestants,
  pythonContestant,
  sequentialContestant,
  timed,
} from "../harness/contestants.ts";
import type { PeerPool } from "../peers/peer.ts";

function tinyCase(name: string, awaiting: Awaiting): Case {
  return {
    name,
    description: `20,000 times \`a => a * a\`, one submit each, all results awaited ${awaiting === "Promise.all" ? "by Promise.all" : "in a loop, as Python's `[f.result() for f in futures]`"}; cost per task.`,
    metrics: { cost: "us" },
    notes: [
      "Node pools get as many concurrent tasks per worker as suits them best here, which they would not want for long tasks; ours keeps its defaults.",
      ...(awaiting === "Promise.all"
        ? [
            "Promise.all wraps each future, which is a thenable and no promise, in a promise of its own before any has ended: 20,000 of these at once are work for the garbage collector, more than the calls themselves.",
          ]
        : []),
    ],
    bars: () => [
      {
        text: "20 times the tasks per second of the best Node pool",
        against: { kind: "node pool" },
        atLeast: 20,
      },
      {
        text: "40 times Python's Pool.apply_async",
        against: { names: ["python Pool.apply_async"] },
        atLeast: 40,
      },
      {
        text: "on processes, three times as fast as Python's Pool.apply_async",
        of: "ours, spawn",
        against: { names: ["python Pool.apply_async"] },
        atLeast: 3,
      },
      {
        text: "a function that nobody exports at most twice an exported one",
        of: "ours, own function",
        against: { names: ["ours"] },
        atLeast: 0.5,
      },
    ],
    async run(scale) {
      const count = scale.quick ? 200 : 20_000 * scale.times;
      const measure = async (pool: PeerPool) => {
        const took = await timed(() => submitAll(count, (at) => pool.call("square", at), awaiting));
        return { cost: (took * 1000) / count };
      };
      const { workers } = scale;
      return [
        ...(await poolContestants({ scale, aim: "throughput", measure })),
        ...(await otherContestants({ scale, aim: "throughput", measure })),
        sequentialContestant(measure),
        pythonContestant("python Pool.apply_async", `multiprocessing.Pool(${workers}), fork`, "pool", {
          work: "apply_async",
          workers,
          count,
        }),
        pythonContestant("python ProcessPoolExecutor.submit", `max_workers=${workers}, fork`, "executor", {
          work: "submit",
          workers,
          count,
        }),
      ];
    },
  };
}

/** Issue 4, row 1. */
export const tinySubmit: Case = tinyCase("tiny-submit", "one after the other");
/** The same by the other way to await many. */
export const tinySubmitAll: Case = tinyCase("tiny-submit-all", "Promise.all");
