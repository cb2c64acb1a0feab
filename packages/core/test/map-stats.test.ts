import { asCompleted, Future, type MapEnd, type MapStats, TimeoutError } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ManualExecutor, type Submitted } from "./support/manual-executor.ts";
import { rejection, turn } from "./support/outcomes.ts";

const double = (x: number): number => {
  if (x === 13) throw new RangeError("thirteen");
  return x * 2;
};

function* generated(values: readonly number[]): Generator<number> {
  yield* values;
}

async function* generatedLater(values: readonly number[]): AsyncGenerator<number> {
  yield* values;
}

const inputs = {
  array: (values: readonly number[]) => values,
  generator: generated,
  "async generator": generatedLater,
};

/** What must hold between two looks at the same counts. */
function checkStep(before: MapStats, after: MapStats): void {
  expect(after.done).toBeGreaterThanOrEqual(before.done);
  expect(after.failed).toBeGreaterThanOrEqual(before.failed);
  expect(after.read).toBeGreaterThanOrEqual(before.read);
  expect(after.read).toBeLessThanOrEqual(after.done + after.failed);
  if (before.total !== undefined) expect(after.total).toBe(before.total);
  if (after.total !== undefined) expect(after.done + after.failed).toBeLessThanOrEqual(after.total);
}

describe("the counts of a map over futures", () => {
  test("know the total of arrays, typed arrays, sets and maps at once, of others at their end", () => {
    const executor = new ManualExecutor();
    const totalOf = (...iterables: Iterable<unknown>[]): number | undefined =>
      executor.map((..._: unknown[]) => 0, ...(iterables as [Iterable<unknown>]), { buffersize: 1 }).stats()
        .total;
    expect(totalOf([1, 2, 3])).toBe(3);
    expect(totalOf(new Uint8Array(5))).toBe(5);
    expect(totalOf(new Set([1, 2]))).toBe(2);
    expect(totalOf(new Map([[1, 2]]))).toBe(1);
    expect(totalOf([1, 2, 3], new Set([1, 2]))).toBe(2);
    expect(totalOf(generated([1, 2, 3]))).toBeUndefined();
    expect(totalOf([1, 2, 3], generated([1, 2, 3]))).toBeUndefined();
    expect(executor.map(double, generated([1, 2, 3])).stats().total).toBe(3);
  });

  test("do not believe the length of an input that grows", async () => {
    const executor = new ManualExecutor();
    const input = [1, 2];
    const results = executor.map(double, input, { buffersize: 1 });
    input.push(3, 4);
    const all = results.toArray();
    await executor.runAll();
    expect(await all).toEqual([2, 4, 6, 8]);
    expect(results.stats()).toEqual({ done: 4, failed: 0, read: 4, total: 4 });
  });

  test("count what has ended, not what was read; in a loop's k-th round k were read", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, [1, 2, 3]);
    (executor.calls[1] as Submitted).run();
    (executor.calls[2] as Submitted).run();
    expect(results.stats()).toEqual({ done: 2, failed: 0, read: 0, total: 3 });
    (executor.calls[0] as Submitted).run();
    let round = 0;
    for await (const _ of results) expect(results.stats().read).toBe(++round);
    expect(results.stats()).toEqual({ done: 3, failed: 0, read: 3, total: 3 });
  });

  test("stay as they were when an error ends the map, when it is left, and say which", async () => {
    const ends: MapEnd[] = [];
    const executor = new ManualExecutor();
    const failing = executor.map(double, [1, 13, 2]);
    failing.addDoneCallback((end) => ends.push(end));
    const left = executor.map(double, [1, 2, 3]);
    left.addDoneCallback((end) => ends.push(end));
    for (const at of [0, 1, 3]) (executor.calls[at] as Submitted).run();
    await rejection(failing.toArray());
    await left.next();
    await left.return();
    await executor.runAll();
    expect(failing.stats()).toEqual({ done: 1, failed: 1, read: 2, total: 3 });
    expect(left.stats()).toEqual({ done: 1, failed: 0, read: 1, total: 3 });
    failing.addDoneCallback((end) => ends.push(end));
    expect(ends).toEqual(["failed", "left", "failed"]);
  });

  test("never fall, never pass the total, and end equal to it", async () => {
    const shape = {
      values: fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 12 }),
      input: fc.constantFrom(...(Object.keys(inputs) as (keyof typeof inputs)[])),
      order: fc.constantFrom("map", "mapUnordered"),
      buffersize: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      leaveAfter: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      picks: fc.infiniteStream(fc.nat()),
    };
    await fc.assert(
      fc.asyncProperty(fc.record(shape), async (given) => {
        const { values, input, order, buffersize, leaveAfter, picks } = given;
        const executor = new ManualExecutor();
        const method = order === "map" ? "map" : "mapUnordered";
        const options = buffersize === undefined ? {} : { buffersize };
        const results = executor[method](double, inputs[input](values), options);
        const ends: MapEnd[] = [];
        results.addDoneCallback((end) => ends.push(end));
        let before = results.stats();
        const look = (): void => {
          checkStep(before, results.stats());
          before = results.stats();
        };
        let rounds = 0;
        const reading = (async () => {
          for await (const _ of results) {
            look();
            expect(results.stats().read).toBe(++rounds);
            if (rounds === leaveAfter) break;
          }
        })().catch((error: unknown) => error);
        let over = false;
        void reading.then(() => {
          over = true;
        });
        while (!over) {
          const waiting = executor.calls.filter(({ future }) => !future.done());
          waiting[(picks.next().value as number) % Math.max(1, waiting.length)]?.run();
          look();
          await turn();
        }
        const error = await reading;
        look();
        const { done, failed, read, total } = results.stats();
        if (error !== undefined) expect([ends, failed > 0]).toEqual([["failed"], true]);
        else if (rounds === leaveAfter) expect(ends).toEqual(["left"]);
        else expect([ends, done, failed, read, total]).toEqual([["done"], rounds, 0, rounds, rounds]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the counts of asCompleted", () => {
  test("take a cancelled future for a failed one, and count each once", async () => {
    const futures = Array.from({ length: 4 }, () => new Future<number>());
    const [first, second, third, fourth] = futures as [
      Future<number>,
      Future<number>,
      Future<number>,
      Future<number>,
    ];
    first.setResult(1);
    const completed = asCompleted([...futures, first]);
    const ends: MapEnd[] = [];
    completed.addDoneCallback((end) => ends.push(end));
    expect(completed.stats()).toEqual({ done: 1, failed: 0, read: 0, total: 4 });
    second.cancel();
    third.setException(new Error("third"));
    expect(completed.stats()).toEqual({ done: 1, failed: 2, read: 0, total: 4 });
    fourth.setResult(4);
    let round = 0;
    for await (const _ of completed) expect(completed.stats().read).toBe(++round);
    expect(completed.stats()).toEqual({ done: 2, failed: 2, read: 4, total: 4 });
    expect(ends).toEqual(["done"]);
  });

  test("never fall, never pass the total, and end equal to it", async () => {
    const shape = {
      // How each future ends; some have ended before, some are given twice.
      fates: fc.array(fc.constantFrom("done", "failed", "cancelled"), { maxLength: 12 }),
      already: fc.nat({ max: 4 }),
      twice: fc.nat({ max: 4 }),
      leaveAfter: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      picks: fc.infiniteStream(fc.nat()),
    };
    await fc.assert(
      fc.asyncProperty(fc.record(shape), async ({ fates, already, twice, leaveAfter, picks }) => {
        const futures = fates.map(() => new Future<number>());
        const end = (at: number): void => {
          const future = futures[at] as Future<number>;
          if (fates[at] === "done") future.setResult(at);
          else if (fates[at] === "failed") future.setException(new Error("on purpose"));
          else future.cancel();
        };
        const open = fates.map((_, at) => at);
        for (const at of open.splice(0, already)) end(at);
        const completed = asCompleted([...futures, ...futures.slice(0, twice)]);
        const ends: MapEnd[] = [];
        completed.addDoneCallback((how) => ends.push(how));
        let before = completed.stats();
        expect(before.total).toBe(fates.length);
        const look = (): void => {
          checkStep(before, completed.stats());
          before = completed.stats();
        };
        let [rounds, over] = [0, false];
        const reading = (async () => {
          for await (const _ of completed) {
            look();
            expect(before.read).toBe(++rounds);
            if (rounds === leaveAfter) break;
          }
          over = true;
        })();
        while (!over) {
          const [at] = open.splice((picks.next().value as number) % Math.max(1, open.length), 1);
          if (at !== undefined) end(at);
          look();
          await turn();
        }
        await reading;
        look();
        if (rounds === leaveAfter) expect([ends, before.read]).toEqual([["left"], rounds]);
        else {
          const done = fates.filter((fate) => fate === "done").length;
          const all = { done, failed: fates.length - done, read: fates.length, total: fates.length };
          expect([ends, before]).toEqual([["done"], all]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("stay when it runs out of time or is left, and say which", async () => {
    const ends: MapEnd[] = [];
    const [done, never] = [new Future<number>(), new Future<number>()];
    done.setResult(1);
    const late = asCompleted([done, never], { timeout: 1 });
    late.addDoneCallback((end) => ends.push(end));
    await late.next();
    expect(await rejection(late.next())).toBeInstanceOf(TimeoutError);
    const left = asCompleted([done, never]);
    left.addDoneCallback((end) => ends.push(end));
    for await (const _ of left) break;
    never.setResult(2);
    expect([late.stats(), left.stats()]).toEqual([
      { done: 1, failed: 0, read: 1, total: 2 },
      { done: 1, failed: 0, read: 1, total: 2 },
    ]);
    expect(ends).toEqual(["failed", "left"]);
  });
});
