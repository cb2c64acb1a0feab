import type { Case, Contestant, Scale } from "../harness/case.ts";
import { contestant, pythonContestant, timed } from "../harness/contestants.ts";
import { hasNumpy } from "../peers/python.ts";
import { convolve, filterNumber, makeImage } from "../tasks/convolve.ts";

function sum(values: Float64Array): number {
  let all = 0;
  for (const value of values) all += value;
  return all;
}

/** Everything is timed, as in the original: pool start, work, end. */
function oursContestant({ workers }: Scale, side: number, filters: number, share: boolean): Contestant {
  const name = share ? "ours" : "ours, image copied per task";
  const settings = share
    ? `ProcessPoolExecutor(${workers}), image in a SharedArrayBuffer`
    : `ProcessPoolExecutor(${workers}), ${(side * side * 8) / 1e6} MB copied per task`;
  return contestant(name, "ours", settings, async () => {
    const { openOurs } = await import("../peers/ours.ts");
    const { task } = await import("concurrent-futures");
    const there = task(
      new URL("../tasks/convolve.js", import.meta.url),
      "convolve",
    ) as unknown as typeof convolve;
    const image = makeImage(side, share);
    const all = Array.from({ length: filters }, (_, at) => filterNumber(at));
    return {
      async measure() {
        let checksum = 0;
        const cost = await timed(async () => {
          const executor = openOurs(workers);
          const rows = all.map((filter) => [image, side, filter] as [Float64Array, number, Float64Array]);
          for await (const result of executor.starmap(there, rows)) checksum += sum(result);
          await executor.shutdown();
        });
        return { cost, checksum };
      },
      close: async () => {},
    };
  });
}

/** mpire's first workload (W1). */
export const mpireNumerical: Case = {
  name: "mpire-numerical",
  description:
    "mpire's numerical computation: full 2-D convolution of one large image with 10 filters of 4x4 per worker, every 5th row and column returned. Pool start, work and end are timed.",
  metrics: { cost: "ms" },
  notes: [
    "Image of 2000x2000 float64 (32 MB) instead of 5000x5000: a round must stay short.",
    "The whole convolution is computed by all, not only the points that are returned (that would be 1/25 of the work).",
    "The image is a ramp, not zeros, and the filters follow a formula known to all sides, so that checksums can be compared.",
    "Both languages go through the image in pieces that stay in the cache, 2.4 times as fast in Python as the whole image at once, whose speed would be that of the memory, and no faster on two cores than on one.",
    "Python convolves by sixteen shifted numpy additions, as mpire's reference machine would by scipy, which is no part of this; without numpy, pure Python lists and an image of 100x100, whose line then says nothing about the others.",
  ],
  bars: () => [
    { text: "ahead of Python's own pools", against: { kind: "python" }, atLeast: 1 },
    { text: "ahead of plain sequential code", against: { kind: "sequential" }, atLeast: 1 },
  ],
  async run(scale) {
    const { workers, quick, times } = scale;
    const side = quick ? 40 : hasNumpy() ? 2000 : 100;
    const filters = quick ? 2 : 10 * workers * times;
    const python = (variant: string, settings: string): Contestant =>
      pythonContestant(`python ${variant}`, settings, "convolution", { variant, workers, side, filters });
    return [
      oursContestant(scale, side, filters, true),
      oursContestant(scale, side, filters, false),
      contestant("sequential", "sequential", "the same function in a plain loop", async () => {
        const image = makeImage(side, false);
        return {
          async measure() {
            let checksum = 0;
            const cost = await timed(async () => {
              for (let at = 0; at < filters; at++) checksum += sum(convolve(image, side, filterNumber(at)));
            });
            return { cost, checksum };
          },
          close: async () => {},
        };
      }),
      python("Pool", `multiprocessing.Pool(${workers}), fork, imap, image pickled per task, as published`),
      python("Pool + initializer", `multiprocessing.Pool(${workers}), fork, image inherited by the fork`),
      python(
        "ProcessPoolExecutor",
        `max_workers=${workers}, fork, map, image pickled per task, as published`,
      ),
      python(
        "ProcessPoolExecutor + initializer",
        `max_workers=${workers}, fork, image inherited by the fork`,
      ),
    ];
  },
};
