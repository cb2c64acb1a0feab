import type { Case } from "../harness/case.ts";
import {
  contestant,
  otherContestants,
  type PoolWork,
  poolContestants,
  pythonContestant,
} from "../harness/contestants.ts";
import { latency, latencyNote } from "../harness/latency.ts";
import { messagePortSettings, openBareWorker } from "../peers/message-port.ts";

/** Issue 4, row 4. */
export const roundTrip: Case = {
  name: "round-trip",
  description: "One task, submit to result, pool idle: the median trip of 100 one after the other.",
  metrics: { cost: "us" },
  notes: [
    latencyNote,
    "A trip of `Pool.apply` is that of `submit`, an `AsyncResult`, and the promise of `get()`: two more turns of the microtask queue.",
  ],
  bars: () => [
    {
      text: "at most 1.25 times a bare MessagePort round trip",
      against: { names: ["bare MessagePort"] },
      atLeast: 1 / 1.25,
    },
    { text: "no slower than piscina", against: { names: ["piscina"] }, atLeast: 1 },
    {
      text: "Pool.apply: at most 1.5 times a bare MessagePort round trip",
      of: "ours, Pool.apply",
      against: { names: ["bare MessagePort"] },
      atLeast: 1 / 1.5,
    },
  ],
  async run(scale) {
    const trips = scale.quick ? 5 : 100 * scale.times;
    const { workers } = scale;
    const work: PoolWork = {
      scale,
      aim: "latency",
      measure: (pool) => latency(trips, (at) => pool.call("square", at)),
    };
    return [
      ...(await poolContestants(work)),
      ...(await otherContestants(work)),
      contestant("ours, Pool.apply", "ours", `new Pool(${workers}), await pool.apply(fn, [n])`, async () => {
        const { Pool } = await import("concurrent-futures/multiprocessing");
        const { taskNamed } = await import("../peers/ours.ts");
        const pool = new Pool(workers);
        const square = taskNamed("square");
        await pool.apply(square, [1]);
        return {
          measure: () => latency(trips, (at) => pool.apply(square, [at])),
          async close() {
            pool.close();
            await pool.join();
          },
        };
      }),
      contestant("bare MessagePort", "bare", messagePortSettings, async () => {
        const worker = await openBareWorker("square");
        return { measure: () => latency(trips, worker.call), close: worker.close };
      }),
      pythonContestant("python Pool.apply", `multiprocessing.Pool(${workers}), fork`, "pool", {
        work: "apply",
        workers,
        count: trips,
      }),
      pythonContestant("python submit().result()", `ProcessPoolExecutor(${workers}), fork`, "executor", {
        work: "round-trip",
        workers,
        count: trips,
      }),
    ];
  },
};
