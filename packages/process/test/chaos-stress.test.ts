import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, isDeepStrictEqual } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool, CancelledError, type Future, TimeoutError } from "@concurrent-futures/core";
import type { ProcessPoolExecutor } from "@concurrent-futures/process";
import { afterAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { until } from "../../conformance/test/support/waiting.ts";
import { pool } from "./support/pools.ts";

/** Everything at once: calls of all kinds, workers that end at any moment, also while they start. With STRESS=1, ten minutes. */
const duration = process.env.STRESS === "1" ? 300_000 : 2_500;
const seed = Math.trunc(Math.random() * 2 ** 31);

const folder = mkdtempSync(join(tmpdir(), "chaos-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const begin = task(new URL("./fixtures/chaos.mjs", import.meta.url), "begin") as unknown as (
  file: string,
  id: number,
  fate: Fate,
) => unknown;

const innocent = ["number", "text", "large", "wait", "work"] as const;
const guilty = ["fail", "stay", "exit", "exit while packed", "stuck"] as const;
type Fate = (typeof innocent)[number] | (typeof guilty)[number];

const call = fc.record({
  fate: fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom<Fate[]>(...innocent) },
    { weight: 1, arbitrary: fc.constantFrom<Fate[]>(...guilty) },
  ),
  // After how many ms it is cancelled by force, if it is.
  cancelAfter: fc.oneof({ weight: 30, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(30) }),
});
const round = fc.record({
  calls: fc.array(call, { minLength: 1, maxLength: 300, size: "max" }),
  kills: fc.array(fc.constantFrom("SIGKILL", "SIGTERM", "SIGINT"), {
    minLength: 1,
    maxLength: 4,
    size: "max",
  }),
  asMap: fc.boolean(),
});
type Round = typeof round extends fc.Arbitrary<infer R> ? R : never;

type Outcome = { readonly value: unknown } | { readonly error: unknown };

const expectedValue = (id: number, fate: Fate): unknown =>
  fate === "text" ? `text ${id}` : fate === "large" ? new Uint8Array(300_000).fill(id % 251) : id;

/** The processes that this one has started, those included that have not come up yet. */
function children(): number[] {
  return readdirSync("/proc/self/task").flatMap((thread) => {
    try {
      return readFileSync(`/proc/self/task/${thread}/children`, "utf8")
        .split(" ")
        .filter(Boolean)
        .map(Number);
    } catch {
      return [];
    }
  });
}

async function outcomeOf(future: Promise<unknown>): Promise<Outcome> {
  return future.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

class Chaos {
  readonly #executor: ProcessPoolExecutor;
  readonly #own: ReadonlySet<number>;
  readonly #random: () => number;
  #rounds = 0;
  /** Calls that were lost to a death from outside, and such deaths. */
  lost = 0;
  killed = 0;
  calls = 0;

  constructor(executor: ProcessPoolExecutor, before: readonly number[]) {
    this.#executor = executor;
    this.#own = new Set(before);
    let state = seed;
    this.#random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return (state >>> 0) / 2 ** 32;
    };
  }

  async run({ calls, kills, asMap }: Round): Promise<void> {
    const file = join(folder, `round-${this.#rounds++}`);
    const settled = calls.map(() => 0);
    const cancelled = new Set<number>();
    const executor = this.#executor.withOptions({ timeout: 2_000 });
    const timers: NodeJS.Timeout[] = [];
    let returned = 0;
    const submitted = calls.map(({ fate, cancelAfter }, id): Future<unknown> | undefined => {
      if (asMap && cancelAfter < 0 && (innocent as readonly Fate[]).includes(fate)) return undefined;
      const limited = fate === "stuck" ? executor.withOptions({ timeout: 40 }) : executor;
      const future = limited.submit(begin, file, id, fate);
      future.addDoneCallback(() => {
        settled[id] = (settled[id] ?? 0) + 1;
      });
      future.then(
        () => returned++,
        () => {},
      );
      if (cancelAfter >= 0)
        timers.push(
          // biome-ignore lint/style/noRestrictedGlobals: any moment is right.
          setTimeout(() => {
            if (future.cancel({ force: true })) cancelled.add(id);
          }, cancelAfter),
        );
      return future;
    });
    const mapped = calls.flatMap((_, id) => (submitted[id] === undefined ? [id] : []));
    const files = mapped.map(() => file);
    const fates = mapped.map((id) => (calls[id] as { fate: Fate }).fate);
    const results = executor.map(begin, files, mapped, fates);
    const killing = this.#kill(kills, submitted, () => returned);
    const outcomes: Outcome[] = [];
    for (const [id, future] of submitted.entries()) {
      const step = async () => {
        const { done, value } = await results.next();
        // A map ends with the first call that it loses.
        if (done === true) throw new BrokenProcessPool("the map has ended");
        return value as unknown;
      };
      outcomes[id] = await outcomeOf(future === undefined ? step() : future.result(30_000));
    }
    await killing;
    const begun = readFileSync(file, { encoding: "utf8", flag: "a+" }).split("\n");
    for (const [id, { fate }] of calls.entries()) {
      const times = begun.filter((line) => line === String(id)).length;
      this.#check(fate, id, outcomes[id] as Outcome, times, cancelled.has(id));
      if (submitted[id] !== undefined) expect(settled[id]).toBe(1);
    }
    timers.forEach(clearTimeout);
    this.calls += calls.length;
    rmSync(file, { force: true });
  }

  async #kill(
    signals: readonly string[],
    submitted: readonly (Future<unknown> | undefined)[],
    countReturned: () => number,
  ): Promise<void> {
    const allDone = () => submitted.every((future) => future === undefined || future.done());
    for (const signal of signals) {
      // Three starts in a row that lead to nothing break a pool: let something come of each. A call that was cancelled or lost does not count.
      const before = countReturned();
      await until(() => countReturned() > before || allDone(), 30_000);
      // biome-ignore lint/style/noRestrictedGlobals: any moment is right.
      await new Promise((resolve) => setTimeout(resolve, this.#random() * 40));
      if (allDone()) return;
      const mine = children().filter((pid) => !this.#own.has(pid));
      const victim = mine[Math.floor(this.#random() * mine.length)];
      if (victim === undefined) return;
      try {
        process.kill(victim, signal);
        if (signal !== "SIGINT") this.killed++;
      } catch {
        // It has ended.
      }
    }
  }

  #check(fate: Fate, id: number, outcome: Outcome, times: number, wasCancelled: boolean): void {
    if (times > 1) throw new Error(inspect({ seed, fate, id, outcome, times, wasCancelled }));
    if ("value" in outcome) {
      const right = isDeepStrictEqual(outcome.value, expectedValue(id, fate));
      if (!right || times !== 1) throw new Error(inspect({ seed, fate, id, outcome, times, wasCancelled }));
      return;
    }
    const { error } = outcome;
    if (wasCancelled) expect(error).toBeInstanceOf(CancelledError);
    else if (error instanceof BrokenProcessPool) {
      const isOwnDeath = fate === "exit" || fate === "exit while packed";
      if (!isOwnDeath && error.message !== "the map has ended") this.lost++;
    } else if (fate === "stuck") expect(error).toBeInstanceOf(TimeoutError);
    else expect(["fail", "stay"]).toContain(fate);
  }
}

const collected = (): number => {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
const descriptors = (): number => readdirSync("/proc/self/fd").length;

describe.each(["thread", "spawn"] as const)("chaos on %s workers", (mpContext) => {
  test(
    "each call settles once, rightly, and began once at most; the pool goes on, and nothing piles up",
    async () => {
      const before = children();
      const handles = process.getActiveResourcesInfo().length;
      const open = descriptors();
      const executor = pool({ maxWorkers: 3, mpContext, maxTasksPerChild: 60, idleTimeout: 30 });
      const chaos = new Chaos(executor, before);
      const end = performance.now() + duration;
      let settledHeap = 0;
      const rounds = fc.sample(round, { seed, numRuns: 100 });
      for (let at = 0; performance.now() < end; at++) {
        await chaos.run(rounds[at % rounds.length] as Round);
        if (settledHeap === 0 && performance.now() > end - duration / 2) settledHeap = collected();
      }
      expect(chaos.lost).toBeLessThanOrEqual(chaos.killed);
      expect(await executor.submit(begin, join(folder, "last"), 1, "number")).toBe(1);
      await executor.shutdown();
      await until(() => children().every((pid) => before.includes(pid)));
      await until(() => descriptors() <= open + 1 && process.getActiveResourcesInfo().length <= handles + 1);
      expect(collected()).toBeLessThan(settledHeap + 20);
    },
    duration + 60_000,
  );
});
