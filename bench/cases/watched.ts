import { once } from "node:events";
import { get } from "node:http";
import { Writable } from "node:stream";
import type { ProcessPoolExecutor } from "concurrent-futures";
import { Dashboard, Recorder } from "concurrent-futures/insights";
import { progress } from "concurrent-futures/progress";
import type { Case, Contestant, Sample, Scale } from "../harness/case.ts";
import { contestant } from "../harness/contestants.ts";
import { loadWithoutEvents } from "../harness/without-events.ts";
import { openOurs, taskNamed } from "../peers/ours.ts";

type Pool = ProcessPoolExecutor;
type Mapped = ReturnType<typeof mapped>;

/** A hot row: tiny calls, whose cost is the library's own. */
interface Work {
  readonly description: string;
  readonly count: number;
  /** How often it is run in one measurement, of which the fastest run counts. */
  readonly runs: number;
  /** `show` is given each map before it is read. */
  run(pool: Pool, values: readonly number[], show: (map: Mapped) => Mapped): Promise<number>;
}

const square = taskNamed("square");
const mapped = (pool: Pool, values: readonly number[]) => pool.map(square, values);

const map: Work = {
  description: "200,000 squares through `map`, into an array",
  count: 200_000,
  runs: 40,
  run: async (pool, values, show) => (await show(mapped(pool, values)).toArray()).length,
};

const submit: Work = {
  description: "20,000 squares submitted at once, then awaited",
  count: 20_000,
  runs: 40,
  async run(pool, values) {
    const futures = values.map((value) => pool.submit(square, value));
    let count = 0;
    for (const future of futures) if ((await future) >= 0) count++;
    return count;
  },
};

const roundTrip: Work = {
  description: "500 squares, each awaited before the next is submitted",
  count: 500,
  runs: 40,
  async run(pool, values) {
    let count = 0;
    for (const value of values) if ((await pool.submit(square, value)) >= 0) count++;
    return count;
  },
};

/** Who watches a pool while it is measured. */
interface Watch extends AsyncDisposable {
  show(map: Mapped): Mapped;
}

const nobody = (): Watch => ({ show: (map) => map, [Symbol.asyncDispose]: async () => {} });

/** A recorder, a dashboard with a page that listens, and a bar over each map. */
async function everything(pool: Pool): Promise<Watch> {
  const recorder = new Recorder(pool);
  const dashboard = new Dashboard(pool);
  const page = get(`${await dashboard.listen()}events`, (response) => response.resume());
  page.on("error", () => {});
  await once(page, "response");
  const stream = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), {
    isTTY: true,
    columns: 100,
    rows: 40,
  });
  return {
    show: (map) => progress(map, { mode: "bar", stream: stream as never, keep: false }),
    async [Symbol.asyncDispose]() {
      page.destroy();
      await dashboard[Symbol.asyncDispose]();
      await recorder[Symbol.asyncDispose]();
    },
  };
}

/** Milliseconds of processor time, of all threads of this process. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * One way to run it. Who listens does so while it is measured only: events go to all pools of a program. The first run after
 * somebody has begun or ceased to listen is not counted, for the engine compiles the hot path anew.
 */
function runner(
  name: string,
  settings: string,
  work: Work,
  { quick, times }: Scale,
  open: () => Promise<Pool>,
  watch: (pool: Pool) => Watch | Promise<Watch> = nobody,
): Contestant {
  const values = Array.from({ length: quick ? 200 : work.count * times }, (_, at) => at);
  return contestant(name, "ours", settings, async () => {
    const pool = await open();
    return {
      async measure() {
        await using watched = await watch(pool);
        const show = (map: Mapped): Mapped => watched.show(map);
        let checksum = await work.run(pool, values, show);
        let cost = Number.POSITIVE_INFINITY;
        for (let run = quick ? 1 : work.runs; run > 0; run--) {
          const began = cpuTime();
          checksum = await work.run(pool, values, show);
          cost = Math.min(cost, cpuTime() - began);
        }
        return { cost, checksum };
      },
      close: () => pool.shutdown(),
    };
  });
}

const measured =
  "Processor time of all threads in the fastest of 40 runs: what others do on the machine makes a run slower, never faster.";

/** A row in which all that watches a pool is on, beside the same pool which nobody watches. */
function watchedCase(name: string, work: Work): Case {
  return {
    name,
    description: `${work.description}, with a Recorder, an open Dashboard and, for maps, a bar; cost of all together.`,
    metrics: { cost: "ms" },
    notes: [measured, "Events are made per message, not per call."],
    bars: () => [
      {
        text: "everything on costs at most 5 %",
        against: { names: ["ours, nobody listens"] },
        atLeast: 1 / 1.05,
      },
    ],
    async run(scale) {
      const settings = `ProcessPoolExecutor(${scale.workers})`;
      const open = async (): Promise<Pool> => openOurs(scale.workers);
      return [
        runner("ours", `${settings}, Recorder, Dashboard, progress`, work, scale, open, everything),
        runner("ours, nobody listens", settings, work, scale, open),
      ];
    },
  };
}

/**
 * Runs two pools in turns, run by run, for a difference of 1 % is less than what a machine does between two measurements.
 * Whichever contestant is asked first in a round measures for both.
 */
class InTurns {
  readonly #open: readonly (() => Promise<Pool>)[];
  readonly #work: Work;
  readonly #runs: number;
  readonly #values: readonly number[];
  readonly #measured: (Sample | undefined)[] = [];
  #pools: Promise<readonly Pool[]> | undefined;
  #closing: Promise<unknown> | undefined;

  constructor(open: readonly (() => Promise<Pool>)[], work: Work, { quick, times }: Scale) {
    this.#open = open;
    this.#work = work;
    this.#runs = quick ? 1 : 5 * work.runs;
    this.#values = Array.from({ length: quick ? 200 : work.count * times }, (_, at) => at);
  }

  contestant(at: number, name: string, settings: string): Contestant {
    return contestant(name, "ours", settings, async () => {
      this.#pools ??= Promise.all(this.#open.map((open) => open()));
      const pools = await this.#pools;
      return {
        measure: async () => {
          if (this.#measured[at] === undefined) await this.#measure(pools);
          const sample = this.#measured[at] as Sample;
          this.#measured[at] = undefined;
          return sample;
        },
        close: async () => {
          this.#closing ??= Promise.all(pools.map((pool) => pool.shutdown()));
          await this.#closing;
        },
      };
    });
  }

  async #measure(pools: readonly Pool[]): Promise<void> {
    const costs = pools.map(() => Number.POSITIVE_INFINITY);
    let checksum = 0;
    for (let run = 0; run < this.#runs; run++) {
      for (let turn = 0; turn < pools.length; turn++) {
        const at = (run + turn) % pools.length;
        const began = cpuTime();
        checksum = await this.#work.run(pools[at] as Pool, this.#values, (map) => map);
        costs[at] = Math.min(costs[at] as number, cpuTime() - began);
      }
    }
    costs.forEach((cost, at) => {
      this.#measured[at] = { cost, checksum };
    });
  }
}

/** A row in which nobody listens, beside the same code without the places that ask. */
function unwatchedCase(name: string, work: Work): Case {
  return {
    name,
    description: `${work.description}, while nobody listens to the pool's events; cost of all together.`,
    metrics: { cost: "ms" },
    notes: [
      "Processor time of all threads in the fastest of 200 runs of each, in turns.",
      "Without events: the same files, with each question whether somebody listens answered by `false` as they are loaded.",
    ],
    bars: () => [
      { text: "events cost at most 1 %", against: { names: ["ours, without events"] }, atLeast: 1 / 1.01 },
    ],
    async run(scale) {
      const settings = `ProcessPoolExecutor(${scale.workers})`;
      const withEvents = async (): Promise<Pool> => openOurs(scale.workers);
      const withoutEvents = async (): Promise<Pool> => {
        const { ProcessPoolExecutor: Without } = await loadWithoutEvents();
        return new Without(scale.workers);
      };
      const turns = new InTurns([withEvents, withoutEvents], work, scale);
      return [
        turns.contestant(0, "ours", settings),
        turns.contestant(1, "ours, without events", `${settings}, its events taken out`),
      ];
    },
  };
}

/** What it costs a map of tiny calls, tiny submits and round trips when all that watches is on. */
export const watchedMap: Case = watchedCase("watched-map", map);
export const watchedSubmit: Case = watchedCase("watched-submit", submit);
export const watchedRoundTrip: Case = watchedCase("watched-round-trip", roundTrip);

/** What events cost them while nobody listens. */
export const unwatchedMap: Case = unwatchedCase("unwatched-map", map);
export const unwatchedSubmit: Case = unwatchedCase("unwatched-submit", submit);
export const unwatchedRoundTrip: Case = unwatchedCase("unwatched-round-trip", roundTrip);
