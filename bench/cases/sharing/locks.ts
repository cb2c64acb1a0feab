import type { StartMethod } from "concurrent-futures/multiprocessing";
import type { Case, Contestant, Scale } from "../../harness/case.ts";
import { contestant, pythonContestant, timed } from "../../harness/contestants.ts";
import { loadMultithreading, multithreadingSettings } from "../../peers/multithreading.ts";

/** A lock that nobody else wants: what it costs to ask. */
export const lockPair: Case = {
  name: "lock-pair",
  description: "Acquire and release of a lock that is free; cost of one pair.",
  metrics: { cost: "us" },
  bars: () => [
    {
      text: "well under a microsecond",
      of: "ours, acquireSync",
      against: { limit: 0.5, what: "half a microsecond" },
      atLeast: 1,
    },
    {
      text: "of processes: no slower than Python's",
      of: "ours, spawn",
      against: { names: ["python Lock, spawn"] },
      atLeast: 1,
    },
  ],
  async run(scale) {
    const count = scale.quick ? 100 : 100_000 * scale.times;
    return [
      onLock(
        "ours, acquireSync",
        'getContext("thread").Lock(), acquireSync and release',
        count,
        async (mp) => {
          const lock = mp.getContext("thread").Lock();
          return async () => {
            for (let n = 0; n < count; n++) {
              lock.acquireSync();
              lock.release();
            }
          };
        },
      ),
      onLock("ours, await acquire", "the same, await acquire()", count, async (mp) => {
        const lock = mp.getContext("thread").Lock();
        return async () => {
          for (let n = 0; n < count; n++) {
            await lock.acquire();
            lock.release();
          }
        };
      }),
      onLock(
        "ours, spawn",
        'getContext("spawn").Lock(), in memory that processes share',
        count,
        async (mp) => {
          const lock = mp.getContext("spawn").Lock();
          return async () => {
            for (let n = 0; n < count; n++) {
              lock.acquireSync();
              lock.releaseSync();
            }
          };
        },
      ),
      contestant("multithreading Mutex", "node pool", `${multithreadingSettings}, blockingLock`, async () => {
        const { Mutex } = await loadMultithreading();
        const mutex = new Mutex(new Int32Array(new SharedArrayBuffer(4)));
        const pairs = async (): Promise<void> => {
          for (let n = 0; n < count; n++) mutex.blockingLock().dispose();
        };
        return {
          measure: async () => ({ cost: ((await timed(pairs)) * 1000) / count }),
          close: async () => {},
        };
      }),
      pythonContestant("python Lock", "multiprocessing.Lock()", "sharing", { work: "lock", count }),
      pythonContestant("python Lock, spawn", "the same of spawn", "sharing", {
        work: "lock",
        method: "spawn",
        count,
      }),
    ];
  },
};

type Multiprocessing = typeof import("concurrent-futures/multiprocessing");

function onLock(
  name: string,
  settings: string,
  count: number,
  open: (mp: Multiprocessing) => Promise<() => Promise<void>>,
): Contestant {
  return contestant(name, "ours", settings, async () => {
    const work = await open(await import("concurrent-futures/multiprocessing"));
    return {
      measure: async () => ({ cost: ((await timed(work)) * 1000) / count }),
      close: async () => {},
    };
  });
}

/** A lock that all want all the time. */
export const lockedCounter: Case = {
  name: "locked-counter",
  description:
    "All workers count one shared number up under its lock, until it is at 100,000; cost of one increment, from a barrier to a barrier.",
  metrics: { cost: "us" },
  bars: () => [
    {
      text: "of processes: no slower than Python's",
      of: "ours, spawn",
      against: { names: ["python Value, spawn"] },
      atLeast: 1,
    },
  ],
  async run(scale) {
    const count = scale.quick ? 1_000 : 100_000 * scale.times;
    return [
      countTogether("ours", "thread", scale, count),
      countTogether("ours, spawn", "spawn", scale, count),
      pythonContestant("python Value", "multiprocessing.Value, get_lock(), fork", "sharing", {
        work: "counter",
        workers: scale.workers,
        count,
      }),
      pythonContestant("python Value, spawn", "the same, spawn", "sharing", {
        work: "counter",
        method: "spawn",
        workers: scale.workers,
        count,
      }),
    ];
  },
};

function countTogether(name: string, method: StartMethod, { workers }: Scale, count: number): Contestant {
  const settings = `${workers} of getContext("${method}").Process, Value("i"), runSync`;
  return contestant(name, "ours", settings, async () => {
    const { getContext } = await import("concurrent-futures/multiprocessing");
    const { countUp } = await import("../../tasks/sharing.ts");
    const { Barrier, Process, Value } = getContext(method);
    return {
      async measure() {
        const value = Value("i", 0);
        const barrier = Barrier(workers + 1);
        const all = Array.from(
          { length: workers },
          () => new Process({ target: countUp, args: [value, count / workers, barrier] }),
        );
        for (const one of all) one.start();
        await barrier.wait();
        const cost = await timed(() => barrier.wait());
        for (const one of all) await one.join();
        return { cost: (cost * 1000) / count, checksum: value.value };
      },
      close: async () => {},
    };
  });
}
