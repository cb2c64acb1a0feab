import type { Case, Contestant, Scale } from "../harness/case.ts";
import { contestant, pythonContestant, timed } from "../harness/contestants.ts";
import {
  countPrefixes,
  type Documents,
  type Found,
  makeDocuments,
  type popularPrefixesOfEach as PopularOfEach,
  popularPrefixes,
} from "../tasks/prefixes.ts";

/** The union of what the workers found popular; gives the number of words seen, which must be that of all words. */
function unite(found: readonly Found[]): number {
  const union = new Set<number>();
  for (const { popular } of found) for (const prefix of popular) union.add(prefix);
  if (union.size === 0) throw new Error("no prefix was seen more than three times");
  return found.reduce((all, { words }) => all + words, 0);
}

function oursContestant({ workers }: Scale, documents: Documents): Contestant {
  const settings = `ProcessPoolExecutor(${workers}), documents in a SharedArrayBuffer, mapUnordered, state in each worker`;
  return contestant("ours", "ours", settings, async () => {
    const { openOurs } = await import("../peers/ours.ts");
    const { task } = await import("concurrent-futures");
    const url = new URL("../tasks/prefixes.js", import.meta.url);
    const count = task(url, "countPrefixes") as unknown as typeof countPrefixes;
    const popularOfEach = task(url, "popularPrefixesOfEach") as unknown as typeof PopularOfEach;
    const { bytes, starts } = documents;
    return {
      async measure() {
        let checksum = 0;
        const cost = await timed(async () => {
          const executor = openOurs(workers);
          const shared = starts.slice(1).map(() => bytes);
          for await (const _ of executor.mapUnordered(count, shared, starts.slice(0, -1), starts.slice(1), {
            chunksize: 1,
          }));
          const arrived = new Int32Array(new SharedArrayBuffer(4));
          const each = Array.from({ length: workers }, () =>
            executor.submit(popularOfEach, arrived, workers),
          );
          checksum = unite(await Promise.all(each));
          await executor.shutdown();
        });
        return { cost, checksum };
      },
      close: async () => {},
    };
  });
}

/** mpire's second workload (W2). */
export const mpireStateful: Case = {
  name: "mpire-stateful",
  description:
    "mpire's stateful computation: each worker counts the prefixes of the words of its documents in a map of its own; in the end the union of those seen more than three times. Pool start, work and end are timed.",
  metrics: { cost: "ms" },
  notes: [
    "Prefixes of one to three bytes, as mpire's README says; its code counts all lengths from 1 to 19, about 320 million keys at full size, more than a JavaScript Map can hold (16.7 million).",
    "40 documents of 15,000 (even) and 5,000 (odd) words, 8 MB, instead of 2,000 documents, 400 MB: unbalanced as in the original.",
    "The union depends on which worker saw what, so only the number of words is compared.",
  ],
  bars: () => [
    { text: "ahead of Python's own pools", against: { kind: "python" }, atLeast: 1 },
    { text: "ahead of plain sequential code", against: { kind: "sequential" }, atLeast: 1 },
  ],
  async run(scale) {
    const { workers, quick, times } = scale;
    const count = quick ? 4 : 40 * times;
    const words = quick ? 300 : 5_000;
    const documents = makeDocuments(count, words);
    const python = (variant: string, settings: string): Contestant =>
      pythonContestant(`python ${variant}`, settings, "prefixes", { variant, workers, count, words });
    const state = "documents inherited by the fork, a dict in each worker, collected behind a Barrier";
    return [
      oursContestant(scale, documents),
      contestant("sequential", "sequential", "one map, a plain loop", async () => ({
        async measure() {
          let checksum = 0;
          const { bytes, starts } = documents;
          const cost = await timed(async () => {
            for (let at = 0; at < count; at++) {
              countPrefixes(bytes, starts[at] as number, starts[at + 1] as number);
            }
            checksum = unite([popularPrefixes()]);
          });
          return { cost, checksum };
        },
        close: async () => {},
      })),
      python("Pool", `multiprocessing.Pool(${workers}), imap_unordered, ${state}`),
      python("ProcessPoolExecutor", `max_workers=${workers}, submit per document, ${state}`),
      python("sequential", "one dict, a plain loop: not a pool, for comparison of the languages"),
    ].map((one) => (one.name === "python sequential" ? { ...one, kind: "sequential" as const } : one));
  },
};
