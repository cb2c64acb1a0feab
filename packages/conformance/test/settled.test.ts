import { describe, expect, test } from "@jest/globals";
import { BrokenProcessPool, type Settled, TimeoutError } from "concurrent-futures";
import fc from "fast-check";
import { randomNumbers } from "./fixtures/attempts.mjs";
import { dieAt, dieOrWait, failAt, slowly } from "./fixtures/settled.mjs";
import { describeEach, executors, processPools } from "./support/subjects.ts";

/** What settled() must give for `failAt` over these numbers, in order of input. */
const expected = (numbers: readonly number[]): unknown[] =>
  numbers.map((n, index) =>
    n % 3 === 0
      ? { status: "rejected", reason: expect.objectContaining({ message: `no ${n}` }), index }
      : { status: "fulfilled", value: n * 2, index },
  );

const byIndex = (a: Settled<unknown>, b: Settled<unknown>): number => a.index - b.index;

describe.each(executors)("settled() on $name", ({ create }) => {
  test("gives every outcome in the order of the input, and goes on after errors", async () => {
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    const results = create().map(failAt, numbers);
    expect(await results.settled().toArray()).toEqual(expected(numbers));
    expect(results.stats()).toEqual({ done: 26, failed: 14, read: 40, total: 40 });
  });

  test("of mapUnordered and starmap has the positions as well", async () => {
    const executor = create();
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    const unordered = await executor.mapUnordered(failAt, numbers, { chunksize: 3 }).settled().toArray();
    expect(unordered.sort(byIndex)).toEqual(expected(numbers));
    const rows = numbers.map((n) => [n] as [number]);
    expect(await executor.starmap(failAt, rows).settled().toArray()).toEqual(expected(numbers));
  });

  test("an entry has a value or a reason, never both", async () => {
    for await (const outcome of create().map(failAt, [1, 3]).settled()) {
      expect(Object.keys(outcome)).toEqual([
        "status",
        outcome.status === "fulfilled" ? "value" : "reason",
        "index",
      ]);
    }
  });

  test("is lazy and bounded as the map is, and leaving it ends the map", async () => {
    let pulled = 0;
    let closed = false;
    function* endless(): Generator<number> {
      try {
        for (;;) yield pulled++;
      } finally {
        closed = true;
      }
    }
    let seen = 0;
    for await (const { index } of create().map(failAt, endless(), { buffersize: 4 }).settled()) {
      expect(index).toBe(seen++);
      expect(pulled).toBeLessThanOrEqual(seen + 4);
      if (seen === 20) break;
    }
    expect(closed).toBe(true);
  });

  test("still throws the input's error, after the outcomes before it", async () => {
    function* broken(): Generator<number> {
      yield 1;
      yield 3;
      throw new RangeError("the input");
    }
    const outcomes = create().map(failAt, broken(), { buffersize: 8 }).settled();
    expect((await outcomes.next()).value).toMatchObject({ status: "fulfilled", index: 0 });
    expect((await outcomes.next()).value).toMatchObject({ status: "rejected", index: 1 });
    await expect(outcomes.next()).rejects.toThrow("the input");
    expect(await outcomes.next()).toEqual({ done: true, value: undefined });
  });

  test("still throws the map's timeout", async () => {
    const outcomes = create().map(slowly, [1, 2], { timeout: 20 }).settled();
    await expect(outcomes.toArray()).rejects.toBeInstanceOf(TimeoutError);
  });

  test("an item that cannot be sent is an outcome like any other", async () => {
    const items = [1, Promise.resolve(2) as unknown as number, 4];
    const outcomes = await create().map(failAt, items).settled().toArray();
    expect(outcomes.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect([outcomes[0]?.status, outcomes[2]?.status]).toEqual(["fulfilled", "fulfilled"]);
  });

  test("under options that need a future for each call gives the same", async () => {
    const view = create().withOptions({ timeout: 10_000 });
    expect(await view.map(failAt, [1, 2, 3]).settled().toArray()).toEqual(expected([1, 2, 3]));
    const unordered = await view.mapUnordered(failAt, [1, 2, 3]).settled().toArray();
    expect(unordered.sort(byIndex)).toEqual(expected([1, 2, 3]));
  });

  test("with any numbers, chunks and windows no outcome is lost or doubled", async () => {
    const executor = create();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(50), { maxLength: 60 }),
        fc.record(
          { chunksize: fc.integer({ min: 1, max: 20 }), buffersize: fc.integer({ min: 1, max: 30 }) },
          { requiredKeys: [] },
        ),
        fc.boolean(),
        async (numbers, options, ordered) => {
          const results = ordered
            ? executor.map(failAt, numbers, options)
            : executor.mapUnordered(failAt, numbers, options);
          const outcomes = await results.settled().toArray();
          expect(ordered ? outcomes : outcomes.sort(byIndex)).toEqual(expected(numbers));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe.each(executors)("a map's seed on $name", ({ create }) => {
  test("gives each item the same random numbers, whatever the workers", async () => {
    const draw = (maxWorkers: number, chunksize: number) =>
      create({ maxWorkers }).map(randomNumbers, [3, 3, 3, 3, 3, 3], { seed: 42, chunksize }).toArray();
    const first = await draw(1, 1);
    expect(await draw(2, 4)).toEqual(first);
    // With a name, each call has a future of its own.
    const byItself = create()
      .withOptions({ name: "drawn" })
      .map(randomNumbers, [3, 3, 3, 3, 3, 3], { seed: 42 });
    expect(await byItself.toArray()).toEqual(first);
    const many = new Array<number>(300).fill(3);
    const results = create().mapUnordered(randomNumbers, many, { seed: 42 }).toArray();
    expect((await results).map(String).sort().slice(0, 300)).toEqual(
      (await create().map(randomNumbers, many, { seed: 42, chunksize: 7 }).toArray()).map(String).sort(),
    );
    expect(new Set(first.flat()).size).toBe(18);
    const other = await create().map(randomNumbers, [3], { seed: 43 }).toArray();
    expect(other[0]).not.toEqual(first[0]);
  });

  test("wrong ones are refused at the call", () => {
    for (const seed of [Number.NaN, Number.POSITIVE_INFINITY, "1"])
      expect(() => create().map(randomNumbers, [1], { seed: seed as number })).toThrow("`seed`");
  });
});

describeEach(processPools)("settled() on $name", ({ create }) => {
  test("a call that kills its worker is one outcome, and the rest go on", async () => {
    const outcomes = await create().map(dieAt, [0, 1, 2, 3, 4, 5], { chunksize: 2 }).settled().toArray();
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    expect((outcomes[3] as { reason: unknown }).reason).toBeInstanceOf(BrokenProcessPool);
  });

  test("a broken pool still throws", async () => {
    const executor = create({ onWorkerCrash: "break" });
    const outcomes = executor.map(dieOrWait, [3, 1, 1, 1, 1, 1]).settled().toArray();
    await expect(outcomes).rejects.toBeInstanceOf(BrokenProcessPool);
  });
});
