import type { Case, Contestant, Scale } from "../harness/case.ts";
import {
  contestant,
  poolContestants,
  pythonContestant,
  sequentialContestant,
  timed,
} from "../harness/contestants.ts";
import type { PeerPool } from "../peers/peer.ts";

/** Issue 4, row 2. */
export const tinyMap: Case = {
  name: "tiny-map",
  description:
    "The same 20,000 squares through `map`, `chunksize` unset, into an array; cost of all together.",
  metrics: { cost: "ms" },
  notes: [
    "Node pools have no map: chunks are cut by hand, once into four per worker (as Python's Pool.map does), once into chunks of 500; the better one counts.",
    "Two bare workers that are sent 10,000 rows each in one message take 0.81 ms at best as a Float64Array, and 1.15 as an array: a fifth of the best Node pool's time is less than the messages cost by themselves.",
  ],
  bars: () => [
    {
      text: "no slower than Python's Pool.map_async",
      against: { names: ["python Pool.map_async"] },
      atLeast: 1,
    },
    {
      text: "5 times the best Node pool with chunks cut by hand",
      against: { kind: "node pool" },
      atLeast: 5,
    },
  ],
  async run(scale) {
    const count = scale.quick ? 200 : 20_000 * scale.times;
    const values = Array.from({ length: count }, (_, at) => at);
    const perWorker = Math.ceil(count / (4 * scale.workers));
    const { workers } = scale;
    return [
      oursByMap(scale, values),
      ...(await chunked(scale, values, perWorker)),
      ...(await chunked(scale, values, Math.min(500, perWorker))),
      sequentialContestant(async (pool) => ({
        cost: await timed(async () => pool.call("squareAll", values)),
      })),
      pythonContestant(
        "python Pool.map_async",
        `multiprocessing.Pool(${workers}), fork, chunksize None`,
        "pool",
        {
          work: "map_async",
          workers,
          count,
        },
      ),
    ];
  },
};

function oursByMap({ workers }: Scale, values: readonly number[]): Contestant {
  return contestant(
    "ours",
    "ours",
    `ProcessPoolExecutor(${workers}), map(square, values).toArray()`,
    async () => {
      const { openOurs, taskNamed } = await import("../peers/ours.ts");
      const executor = openOurs(workers);
      const square = taskNamed("square");
      return {
        async measure() {
          let results: number[] = [];
          const cost = await timed(async () => {
            results = await executor.map(square, values).toArray();
          });
          return { cost, checksum: results.length };
        },
        close: () => executor.shutdown(),
      };
    },
  );
}

async function chunked(scale: Scale, values: readonly number[], size: number): Promise<Contestant[]> {
  const measure = async (pool: PeerPool) => {
    let results: number[] = [];
    const cost = await timed(async () => {
      const chunks: PromiseLike<unknown>[] = [];
      for (let from = 0; from < values.length; from += size) {
        chunks.push(pool.call("squareAll", values.slice(from, from + size)));
      }
      results = ((await Promise.all(chunks)) as number[][]).flat();
    });
    return { cost, checksum: results.length };
  };
  const names = ["piscina", "tinypool", "workerpool", "poolifier"];
  const contestants = await poolContestants({ scale, aim: "throughput", names, measure });
  return contestants.map((one) => ({ ...one, name: `${one.name}, chunks of ${size}` }));
}
