import type { Case, Sample } from "../harness/case.ts";
import { contestant } from "../harness/contestants.ts";
import { median } from "../harness/statistics.ts";
import { messagePortSettings, startBareWorker } from "../peers/message-port.ts";

const fewHundred = 300;

/** Sends the same array there and back so many times; half the median trip, in microseconds. */
async function bounce(
  trips: number,
  first: Float64Array,
  send: (values: Float64Array) => PromiseLike<Float64Array>,
): Promise<Sample> {
  const all: number[] = [];
  let values = first;
  for (let at = 0; at < trips; at++) {
    const { length } = values;
    const start = performance.now();
    values = await send(values);
    all.push(((performance.now() - start) * 1000) / 2);
    if (values.length !== length || values[1] !== 42) throw new Error("the array came back changed");
  }
  return { cost: median(all) };
}

const makeArray = (quick: boolean): Float64Array => {
  const values = new Float64Array(quick ? 1024 : 8 * 1024 * 1024);
  values[1] = 42;
  return values;
};

/** Issue 4, row 8: moved. */
export const moved: Case = {
  name: "move-64mb",
  description: "A Float64Array of 64 MB moved to a worker and back; cost of one way.",
  metrics: { cost: "us" },
  bars: () => [
    {
      text: "at most a few hundred microseconds each way",
      against: { limit: fewHundred, what: `${fewHundred} us` },
      atLeast: 1,
    },
  ],
  async run({ workers, quick, times }) {
    const trips = quick ? 4 : 50 * times;
    return [
      contestant(
        "ours",
        "ours",
        `ProcessPoolExecutor(${workers}), submit(echoMoved, move(array))`,
        async () => {
          const { openOurs } = await import("../peers/ours.ts");
          const { move, task } = await import("concurrent-futures");
          const executor = openOurs(workers);
          const echoMoved = task(
            new URL("../tasks/echo-moved.js", import.meta.url),
            "echoMoved",
          ) as unknown as (values: Float64Array) => Float64Array;
          return {
            measure: () =>
              bounce(trips, makeArray(quick), (values) => executor.submit(echoMoved, move(values))),
            close: () => executor.shutdown(),
          };
        },
      ),
      contestant(
        "ours, spawn",
        "ours",
        `the same, mpContext "spawn": copied once, and from then on in memory that both processes have`,
        async () => {
          const { ProcessPoolExecutor, move, task } = await import("concurrent-futures");
          const executor = new ProcessPoolExecutor({ maxWorkers: workers, mpContext: "spawn" });
          const echoMoved = task(
            new URL("../tasks/echo-moved.js", import.meta.url),
            "echoMoved",
          ) as unknown as (values: Float64Array) => Float64Array;
          return {
            measure: () =>
              bounce(trips, makeArray(quick), (values) => executor.submit(echoMoved, move(values))),
            close: () => executor.shutdown(),
          };
        },
      ),
      contestant("piscina", "node pool", "piscina 5.3.2, transferList there, move() back", async () => {
        const { openPiscinaMover } = await import("../peers/piscina.ts");
        const mover = await openPiscinaMover();
        return { measure: () => bounce(trips, makeArray(quick), mover.bounce), close: mover.close };
      }),
      contestant("bare MessagePort, moved", "bare", messagePortSettings, async () => {
        const worker = startBareWorker("echo", { move: true });
        const send = (values: Float64Array) =>
          worker.call(values, [values.buffer as ArrayBuffer]) as Promise<Float64Array>;
        return { measure: () => bounce(trips, makeArray(quick), send), close: worker.close };
      }),
      contestant("bare MessagePort, copied", "bare", messagePortSettings, async () => {
        const worker = startBareWorker("echo");
        const send = (values: Float64Array) => worker.call(values) as Promise<Float64Array>;
        return { measure: () => bounce(Math.min(trips, 4), makeArray(quick), send), close: worker.close };
      }),
    ];
  },
};

/** Issue 4, row 8: shared. */
export const shared: Case = {
  name: "share-64mb",
  description: "A Float64Array of 64 MB over shared memory, changed by the task; cost of one way.",
  metrics: { cost: "us" },
  bars: () => [
    {
      text: "at most a few hundred microseconds each way",
      against: { limit: fewHundred, what: `${fewHundred} us` },
      atLeast: 1,
    },
  ],
  async run({ workers, quick, times }) {
    const trips = quick ? 4 : 50 * times;
    const bytes = 8 * (quick ? 1024 : 8 * 1024 * 1024);
    const measure = async (
      touch: (values: Float64Array) => PromiseLike<unknown>,
      memory: ArrayBufferLike = new SharedArrayBuffer(bytes),
    ): Promise<Sample> => {
      const values = new Float64Array(memory);
      const before = values[0] as number;
      const all: number[] = [];
      for (let at = 0; at < trips; at++) {
        const start = performance.now();
        await touch(values);
        all.push(((performance.now() - start) * 1000) / 2);
      }
      if (values[0] !== before + trips) throw new Error("the worker has changed a copy");
      return { cost: median(all) };
    };
    return [
      contestant("ours", "ours", `ProcessPoolExecutor(${workers}), the array as argument`, async () => {
        const { openOurs, taskNamed } = await import("../peers/ours.ts");
        const executor = openOurs(workers);
        const touchShared = taskNamed("touchShared");
        return {
          measure: () => measure((array) => executor.submit(touchShared, array)),
          close: () => executor.shutdown(),
        };
      }),
      contestant(
        "ours, spawn",
        "ours",
        `ProcessPoolExecutor(${workers}), mpContext "spawn", over sharedBuffer()`,
        async () => {
          const { ProcessPoolExecutor } = await import("concurrent-futures");
          const { sharedBuffer } = await import("concurrent-futures/multiprocessing");
          const { taskNamed } = await import("../peers/ours.ts");
          const executor = new ProcessPoolExecutor({ maxWorkers: workers, mpContext: "spawn" });
          const touchShared = taskNamed("touchShared");
          return {
            measure: () => measure((array) => executor.submit(touchShared, array), sharedBuffer(bytes)),
            close: () => executor.shutdown(),
          };
        },
      ),
      contestant("bare MessagePort", "bare", messagePortSettings, async () => {
        const worker = startBareWorker("touchShared");
        return { measure: () => measure((array) => worker.call(array)), close: worker.close };
      }),
    ];
  },
};
