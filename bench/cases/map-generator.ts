import type { Case } from "../harness/case.ts";
import { contestant } from "../harness/contestants.ts";
import { liveBytes } from "../harness/memory.ts";
import { square } from "../tasks/square.ts";

const buffersize = 10_000;

function* count(to: number): Generator<number> {
  for (let at = 0; at < to; at++) yield at;
}

/**
 * Reads all results; every tenth of the way the clock stops, garbage is collected and what lives is counted.
 * What is alive at the last stop beyond the first is what grows with the length of the input.
 */
async function consume(
  results: AsyncIterable<number>,
  length: number,
): Promise<{ cost: number; growth: number }> {
  const every = Math.ceil(length / 10);
  const alive: number[] = [];
  let paused = 0;
  let seen = 0;
  const start = performance.now();
  for await (const _ of results) {
    if (++seen % every !== 0) continue;
    const stop = performance.now();
    alive.push(liveBytes());
    paused += performance.now() - stop;
  }
  const took = performance.now() - start - paused;
  if (seen !== length) throw new Error(`${seen} results instead of ${length}`);
  return {
    cost: (took * 1000) / length,
    growth: Math.max(1, Math.max(...alive.slice(1)) - (alive[0] as number)),
  };
}

/** Issue 4, row 3. */
export const mapGenerator: Case = {
  name: "map-generator",
  description: `1,000,000 squares through map from a generator, buffersize ${buffersize}, read by for await; cost per task, growth of live memory after the first tenth.`,
  metrics: { cost: "us", growth: "bytes" },
  notes: [
    "No other Node pool has this. `for await` over a million values is itself a part of the cost: see sequential.",
  ],
  bars: () => [
    { text: "at least 1,000,000 a second", against: { limit: 1, what: "1 us a task" }, atLeast: 1 },
    {
      text: "constant memory",
      metric: "growth",
      against: {
        limit: 16 * 1024 * 1024,
        what: "16 MB of growth over 900,000 tasks (one kept future each would be 200 MB)",
      },
      atLeast: 1,
    },
  ],
  async run({ workers, times, quick }) {
    const length = quick ? 2_000 : 1_000_000 * times;
    return [
      contestant("ours", "ours", `ProcessPoolExecutor(${workers}), buffersize: ${buffersize}`, async () => {
        const { openOurs, taskNamed } = await import("../peers/ours.ts");
        const executor = openOurs(workers);
        const reference = taskNamed("square");
        return {
          measure: () => consume(executor.map(reference, count(length), { buffersize }), length),
          close: () => executor.shutdown(),
        };
      }),
      contestant(
        "sequential",
        "sequential",
        "an async generator that squares, read by the same loop",
        async () => ({
          measure: () =>
            consume(
              (async function* () {
                for (const value of count(length)) yield square(value);
              })(),
              length,
            ),
          close: async () => {},
        }),
      ),
    ];
  },
};
