import type { Case, Contestant, Scale } from "../harness/case.ts";
import { contestant, poolContestants, pythonContestant, timed } from "../harness/contestants.ts";
import { openBareWorker } from "../peers/message-port.ts";

/** What a result costs that is no number: it has to be written, brought over and read for each call. */
export const objectMap: Case = {
  name: "object-map",
  description:
    "20,000 calls that return `{ id, name }` through `map`, `chunksize` unset, into an array; cost per call.",
  metrics: { cost: "us" },
  notes: [
    "piscina and the bare Workers get chunks cut by hand, four per worker, and lose a whole chunk with its worker. Ours has each result where it outlives the worker before the next call begins.",
    "On processes that takes three calls of the system for each call: 2.5 to 3 us of each worker's time.",
  ],
  bars: () => [
    {
      text: "no slower than Python's Pool.map_async",
      against: { names: ["python Pool.map_async"] },
      atLeast: 1,
    },
    {
      text: "three quarters as fast as bare Workers with chunks cut by hand",
      against: { names: ["bare Workers, chunks"] },
      atLeast: 0.75,
    },
    {
      text: "on processes, at most four times what it costs on threads",
      of: "ours, spawn",
      against: { names: ["ours"] },
      atLeast: 0.25,
    },
  ],
  async run(scale) {
    const count = scale.quick ? 200 : 20_000 * scale.times;
    const ids = Array.from({ length: count }, (_, at) => at);
    const chunks = cut(ids, Math.ceil(count / (4 * scale.workers)));
    const measure = async (call: (chunk: readonly number[], at: number) => PromiseLike<unknown>) => {
      let results: unknown[] = [];
      const cost = await timed(async () => {
        results = ((await Promise.all(chunks.map(call))) as unknown[][]).flat();
      });
      return { cost: (cost * 1_000) / count, checksum: results.length };
    };
    return [
      oursOn("thread", scale, ids),
      oursOn("spawn", scale, ids),
      ...(await poolContestants({
        scale,
        aim: "throughput",
        names: ["piscina"],
        measure: (pool) => measure((chunk) => pool.call("recordAll", chunk)),
      })),
      bare(scale, (workers) => measure(inTurn(workers))),
      pythonContestant(
        "python Pool.map_async",
        `multiprocessing.Pool(${scale.workers}), fork, chunksize None`,
        "pool",
        { work: "map objects", workers: scale.workers, count },
      ),
    ];
  },
};

type Chunk = readonly number[];

function cut(ids: Chunk, size: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = 0; from < ids.length; from += size) chunks.push(ids.slice(from, from + size));
  return chunks;
}

function oursOn(mpContext: "thread" | "spawn", { workers }: Scale, ids: Chunk): Contestant {
  return contestant(
    mpContext === "thread" ? "ours" : "ours, spawn",
    "ours",
    `new ProcessPoolExecutor({ maxWorkers: ${workers}, mpContext: "${mpContext}" }), map(record, ids).toArray()`,
    async () => {
      const { ProcessPoolExecutor } = await import("concurrent-futures");
      const { taskNamed } = await import("../peers/ours.ts");
      const executor = new ProcessPoolExecutor({ maxWorkers: workers, mpContext });
      const record = taskNamed("record");
      return {
        async measure() {
          let results: unknown[] = [];
          const cost = await timed(async () => {
            results = await executor.map(record, ids).toArray();
          });
          return { cost: (cost * 1_000) / ids.length, checksum: results.length };
        },
        close: () => executor.shutdown(),
      };
    },
  );
}

type Call = (chunk: Chunk, at: number) => Promise<unknown>;

/** Each worker one chunk after the other: calls of a bare worker must not overlap. */
function inTurn(workers: readonly { call(value: unknown): Promise<unknown> }[]): Call {
  const last: Promise<unknown>[] = workers.map(() => Promise.resolve());
  return (chunk, at) => {
    const which = at % workers.length;
    const next = (last[which] as Promise<unknown>).then(() => workers[which]?.call(chunk));
    last[which] = next;
    return next;
  };
}

type BareWorkers = readonly Awaited<ReturnType<typeof openBareWorker>>[];

function bare(
  { workers }: Scale,
  measure: (workers: BareWorkers) => Promise<{ cost: number; checksum: number }>,
): Contestant {
  return contestant(
    "bare Workers, chunks",
    "bare",
    `${workers} workers, one chunk after the other to each by postMessage`,
    async () => {
      const open = await Promise.all(Array.from({ length: workers }, () => openBareWorker("recordAll", [])));
      return {
        measure: () => measure(open),
        close: async () => void (await Promise.all(open.map((worker) => worker.close()))),
      };
    },
  );
}
