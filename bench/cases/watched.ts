import type { ProcessPoolExecutor } from "concurrent-futures";
import { Recorder } from "concurrent-futures/insights";
import type { Case, Contestant, Scale } from "../harness/case.ts";
import { contestant, timed } from "../harness/contestants.ts";
import { loadWithoutEvents } from "../harness/without-events.ts";
import { openOurs, taskNamed } from "../peers/ours.ts";

type Pool = ProcessPoolExecutor;

/** A hot row: tiny calls, whose cost is the library's own. */
interface Work {
  readonly description: string;
  readonly count: number;
  run(pool: Pool, values: readonly number[]): Promise<number>;
}

const square = taskNamed("square");

const map: Work = {
  description: "200,000 squares through `map`, into an array",
  count: 200_000,
  run: async (pool, values) => (await pool.map(square, values).toArray()).length,
};

const submit: Work = {
  description: "20,000 squares by `submit`, awaited one after the other",
  count: 20_000,
  async run(pool, values) {
    const futures = values.map((value) => pool.submit(square, value));
    let count = 0;
    for (const future of futures) if ((await future) >= 0) count++;
    return count;
  },
};

/** One way to run it. Who listens does so while it is measured only: events go to all pools of a program. */
function runner(
  name: string,
  settings: string,
  work: Work,
  { quick, times }: Scale,
  open: () => Promise<Pool>,
  listen?: (pool: Pool) => Recorder,
): Contestant {
  const values = Array.from({ length: quick ? 200 : work.count * times }, (_, at) => at);
  return contestant(name, "ours", settings, async () => {
    const pool = await open();
    return {
      async measure() {
        await using _recorder = listen?.(pool);
        let checksum = 0;
        const cost = await timed(async () => {
          checksum = await work.run(pool, values);
        });
        return { cost, checksum };
      },
      close: () => pool.shutdown(),
    };
  });
}

/** A row in which a recorder listens, beside the same pool to which nobody listens. */
function watchedCase(name: string, work: Work): Case {
  return {
    name,
    description: `${work.description}, with a Recorder on the pool; cost of all together.`,
    metrics: { cost: "ms" },
    notes: ["Events are made per message, not per call: that is why the ratio is near 1 with tiny calls."],
    bars: () => [
      { text: "a Recorder costs at most 5 %", against: { names: ["ours, nobody listens"] }, atLeast: 0.95 },
    ],
    async run(scale) {
      const settings = `ProcessPoolExecutor(${scale.workers})`;
      const open = async (): Promise<Pool> => openOurs(scale.workers);
      return [
        runner("ours", `${settings}, new Recorder(pool)`, work, scale, open, (pool) => new Recorder(pool)),
        runner("ours, nobody listens", settings, work, scale, open),
      ];
    },
  };
}

/** A row in which nobody listens, beside the same code without the places that ask. */
function unwatchedCase(name: string, work: Work): Case {
  return {
    name,
    description: `${work.description}, while nobody listens to the pool's events; cost of all together.`,
    metrics: { cost: "ms" },
    notes: [
      "Without events: the same files, with each question whether somebody listens answered by `false` as they are loaded.",
    ],
    bars: () => [
      { text: "events cost at most 1 %", against: { names: ["ours, without events"] }, atLeast: 0.99 },
    ],
    async run(scale) {
      const settings = `ProcessPoolExecutor(${scale.workers})`;
      const open = async (): Promise<Pool> => openOurs(scale.workers);
      return [
        runner("ours", settings, work, scale, open),
        runner("ours, without events", `${settings}, its events taken out`, work, scale, async () => {
          const { ProcessPoolExecutor: Without } = await loadWithoutEvents();
          return new Without(scale.workers);
        }),
      ];
    },
  };
}

/** What a recording costs a map of tiny calls, and tiny submits. */
export const watchedMap: Case = watchedCase("watched-map", map);
export const watchedSubmit: Case = watchedCase("watched-submit", submit);

/** What events cost them while nobody listens. */
export const unwatchedMap: Case = unwatchedCase("unwatched-map", map);
export const unwatchedSubmit: Case = unwatchedCase("unwatched-submit", submit);
