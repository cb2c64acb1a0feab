import type { Case } from "../harness/case.ts";
import { contender, poolContenders, pythonContender } from "../harness/contenders.ts";
import { median } from "../harness/statistics.ts";
import { messagePortSettings, openBareWorker } from "../peers/message-port.ts";

/** The median of so many calls, one after the other. */
async function tripMedian(
  trips: number,
  call: (at: number) => PromiseLike<unknown>,
): Promise<{ cost: number }> {
  const all: number[] = [];
  for (let at = 0; at < trips; at++) {
    const start = performance.now();
    await call(at);
    all.push((performance.now() - start) * 1000);
  }
  return { cost: median(all) };
}

/** Issue 4, row 4. */
export const roundTrip: Case = {
  name: "round-trip",
  description: "One task, submit to result, pool idle: the median of 500 one after the other.",
  metrics: { cost: "us" },
  bars: () => [
    {
      text: "at most 1.25 times a bare MessagePort round trip",
      against: { names: ["bare MessagePort"] },
      atLeast: 1 / 1.25,
    },
    { text: "no slower than piscina", against: { names: ["piscina"] }, atLeast: 1 },
  ],
  async run(scale) {
    const trips = scale.quick ? 20 : 500 * scale.times;
    const { workers } = scale;
    const pools = await poolContenders({
      scale,
      aim: "latency",
      measure: (pool) => tripMedian(trips, (at) => pool.call("square", at)),
    });
    return [
      ...pools,
      contender("bare MessagePort", "bare", messagePortSettings, async () => {
        const worker = await openBareWorker("square");
        return { measure: () => tripMedian(trips, worker.call), close: worker.close };
      }),
      pythonContender("python Pool.apply", `multiprocessing.Pool(${workers}), fork`, "pool", {
        work: "apply",
        workers,
        count: trips,
      }),
      pythonContender("python submit().result()", `ProcessPoolExecutor(${workers}), fork`, "executor", {
        work: "round-trip",
        workers,
        count: trips,
      }),
    ];
  },
};
