import { Recorder } from "concurrent-futures/insights";
import type { Case, Contestant } from "../harness/case.ts";
import { contestant, timed } from "../harness/contestants.ts";
import { openOurs, taskNamed } from "../peers/ours.ts";

type Pool = ReturnType<typeof openOurs>;

/** A row in which a recorder listens, beside the same pool to which nobody listens. */
function watchedCase(
  name: string,
  description: string,
  count: number,
  work: (pool: Pool, values: readonly number[]) => Promise<number>,
): Case {
  return {
    name,
    description: `${description}, with a Recorder on the pool; cost of all together.`,
    metrics: { cost: "ms" },
    notes: ["Events are made per message, not per call: that is why the ratio is near 1 with tiny calls."],
    bars: () => [
      {
        text: "a Recorder costs at most 5 %",
        against: { names: ["ours, nobody listens"] },
        atLeast: 0.95,
      },
    ],
    async run({ workers, quick, times }) {
      const values = Array.from({ length: quick ? 200 : count * times }, (_, at) => at);
      const watched = (watch: boolean): Contestant =>
        contestant(
          watch ? "ours" : "ours, nobody listens",
          "ours",
          `ProcessPoolExecutor(${workers})${watch ? ", new Recorder(pool)" : ""}`,
          async () => {
            const executor = openOurs(workers);
            const recorder = watch ? new Recorder(executor) : undefined;
            return {
              async measure() {
                let checksum = 0;
                const cost = await timed(async () => {
                  checksum = await work(executor, values);
                });
                return { cost, checksum };
              },
              async close() {
                await recorder?.[Symbol.asyncDispose]();
                await executor.shutdown();
              },
            };
          },
        );
      return [watched(true), watched(false)];
    },
  };
}

const square = taskNamed("square");

/** What a recording costs a map of tiny calls. */
export const watchedMap: Case = watchedCase(
  "watched-map",
  "200,000 squares through `map`, into an array",
  200_000,
  async (pool, values) => (await pool.map(square, values).toArray()).length,
);

/** What it costs tiny submits. */
export const watchedSubmit: Case = watchedCase(
  "watched-submit",
  "20,000 squares by `submit`, awaited one after the other",
  20_000,
  async (pool, values) => {
    const futures = values.map((value) => pool.submit(square, value));
    let count = 0;
    for (const future of futures) if ((await future) >= 0) count++;
    return count;
  },
);
