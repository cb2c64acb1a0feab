import { SerializationError, TimeoutError } from "@concurrent-futures/core";
import { FakeClock } from "@concurrent-futures/core/testing";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ManualExecutor, type Submitted } from "./support/manual-executor.ts";
import { rejection, turn } from "./support/outcomes.ts";

const clock = new FakeClock();
afterEach(() => clock.uninstall());

const double = (x: number): number => {
  if (x === 13) throw new RangeError("thirteen");
  return x * 2;
};

/** An endless input that counts what was pulled of it, and notices its end. */
function* endless(seen = { pulled: 0, closed: false }): Generator<number> {
  try {
    for (;;) yield seen.pulled++;
  } finally {
    seen.closed = true;
  }
}
async function* endlessAsync(seen = { pulled: 0, closed: false }): AsyncGenerator<number> {
  yield* endless(seen);
}

const run = (executor: ManualExecutor, ...numbers: number[]): void => {
  for (const number of numbers) (executor.calls[number] as Submitted).run();
};

describe("map", () => {
  test("submits a synchronous input at once, without being looped over", () => {
    const executor = new ManualExecutor();
    executor.map(double, [1, 2, 3]);
    expect(executor.calls.map(({ args }) => args)).toEqual([[1], [2], [3]]);
  });

  test("gives results in the order of the input; mapUnordered in the order of completion", async () => {
    const executor = new ManualExecutor();
    const ordered = executor.map(double, [1, 2, 3]).toArray();
    const unordered = executor.mapUnordered(double, [1, 2, 3]).toArray();
    run(executor, 2, 0, 1, 5, 3, 4);
    expect(await ordered).toEqual([2, 4, 6]);
    expect(await unordered).toEqual([6, 2, 4]);
  });

  test("ends with the shortest input, and closes the others", async () => {
    const executor = new ManualExecutor();
    const seen = { pulled: 0, closed: false };
    const results = executor.map((a: number, b: string) => a + b, endless(seen), ["a", "b"]);
    expect(seen.closed).toBe(true);
    await executor.runAll();
    expect(await results.toArray()).toEqual(["0a", "1b"]);
  });

  test("starmap takes rows of arguments", async () => {
    const executor = new ManualExecutor();
    const rows: [number, number][] = [
      [2, 8],
      [3, 2],
    ];
    const results = executor.starmap((a: number, b: number) => a ** b, rows);
    await executor.runAll();
    expect(await results.toArray()).toEqual([256, 9]);
  });

  test("ends with the first error, and cancels what has not started", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, [1, 13, 2, 3]);
    run(executor, 0, 1, 2);
    expect((await results.next()).value).toBe(2);
    expect(await rejection(results.next())).toBeInstanceOf(RangeError);
    expect(await results.next()).toEqual({ done: true, value: undefined });
    expect(executor.calls[2]?.future.cancelled()).toBe(false);
    expect(executor.calls[3]?.future.cancelled()).toBe(true);
  });

  test("leaving the loop cancels what has not started and closes the input", async () => {
    const executor = new ManualExecutor();
    const seen = { pulled: 0, closed: false };
    const results = executor.map(double, endless(seen), { buffersize: 4 });
    run(executor, 0);
    for await (const result of results) {
      expect(result).toBe(0);
      break;
    }
    expect(seen.closed).toBe(true);
    expect(executor.calls.slice(1).every(({ future }) => future.cancelled())).toBe(true);
  });

  test("return() before the first next() cancels as well, unlike Python's", async () => {
    const executor = new ManualExecutor();
    await executor.map(double, [1, 2]).return();
    expect(executor.calls.every(({ future }) => future.cancelled())).toBe(true);
  });

  test.each([1, 3])("no more than buffersize (%p) results wait unread", async (buffersize) => {
    const executor = new ManualExecutor();
    const seen = { pulled: 0, closed: false };
    const results = executor.map(double, endless(seen), { buffersize });
    for (let read = 0; read < 5; read++) {
      expect(seen.pulled).toBe(buffersize + read);
      run(executor, read);
      expect((await results.next()).value).toBe(2 * read);
    }
    await results.return();
  });

  test("an async input is never read without a bound", async () => {
    const executor = new ManualExecutor();
    const seen = { pulled: 0, closed: false };
    const results = executor.map(double, endlessAsync(seen));
    for (let round = 0; round < 200; round++) await turn();
    expect(seen.pulled).toBeGreaterThan(0);
    expect(seen.pulled).toBeLessThan(200);
    await results.return();
    await turn();
    expect(seen.closed).toBe(true);
  });

  test("an error of the input: at the call when it is read there, in its place when it is read later", async () => {
    function* breaking(): Generator<number> {
      yield 1;
      throw new Error("the input broke");
    }
    async function* breakingAsync(): AsyncGenerator<number> {
      yield* breaking();
    }
    const executor = new ManualExecutor();
    expect(() => executor.map(double, breaking())).toThrow("the input broke");
    for (const results of [
      executor.map(double, breaking(), { buffersize: 1 }),
      executor.map(double, breakingAsync()),
    ]) {
      void executor.runAll();
      expect((await results.next()).value).toBe(2);
      expect(await rejection(results.next())).toMatchObject({ message: "the input broke" });
      expect((await results.next()).done).toBe(true);
    }
  });

  test("an argument that cannot be sent fails its own position", async () => {
    class Picky extends ManualExecutor {
      protected override submitTask<R>(...[fn, args, options]: Parameters<ManualExecutor["submitTask"]>) {
        if (args[0] === 2) throw new SerializationError("two does not travel");
        return super.submitTask<R>(fn, args, options);
      }
    }
    const executor = new Picky();
    const results = executor.map(double, [1, 2, 3]);
    await executor.runAll();
    expect((await results.next()).value).toBe(2);
    expect(await rejection(results.next())).toBeInstanceOf(SerializationError);
  });

  test("counts its timeout from the call, cancels the rest, and running calls go on", async () => {
    clock.install();
    const executor = new ManualExecutor();
    const results = executor.map(double, [1, 2, 3], { timeout: 100 });
    clock.advance(50);
    run(executor, 0);
    expect((await results.next()).value).toBe(2);
    const late = rejection(results.next());
    await turn();
    executor.calls[2]?.future.setRunningOrNotifyCancel();
    clock.advance(50);
    expect(await late).toBeInstanceOf(TimeoutError);
    expect(executor.calls[1]?.future.cancelled()).toBe(true);
    expect(executor.calls[2]?.future.running()).toBe(true);
  });

  test("overlapping calls of next() are answered in order", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, [1, 2]);
    const steps = [results.next(), results.next(), results.next()];
    run(executor, 1, 0);
    expect((await Promise.all(steps)).map(({ value }) => value)).toEqual([2, 4, undefined]);
  });

  test("may be left alone: a failing call is no unhandledRejection", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    const executor = new ManualExecutor();
    executor.map(double, [13, 13]);
    await executor.runAll();
    await turn();
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });

  test.each(["the loop", "toArray"])(
    "results that are there cost the same however many were read: %s",
    async (how) => {
      const microseconds = async (count: number): Promise<number> => {
        const executor = new ManualExecutor();
        const map = executor.map(double, new Array<number>(count).fill(1));
        for (const { run } of executor.calls) run();
        const before = process.cpuUsage();
        let sum = 0;
        if (how === "toArray") for (const result of await map.toArray()) sum += result;
        else for await (const result of map) sum += result;
        expect(sum).toBe(2 * count);
        return process.cpuUsage(before).user;
      };
      await microseconds(50_000);
      // Four times as long; sixteen times where each is looked for behind those that were read.
      const few = await microseconds(50_000);
      expect(await microseconds(200_000)).toBeLessThan(10 * Math.max(few, 30_000));
    },
  );

  test("over random inputs and bounds it is what Array.prototype.map says, up to the first error", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 20, arbitrary: fc.integer() }, fc.constant(13)), { maxLength: 30 }),
        fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
        fc.boolean(),
        async (numbers, buffersize, asynchronous) => {
          const executor = new ManualExecutor();
          async function* later(): AsyncGenerator<number> {
            yield* numbers;
          }
          const options = buffersize === undefined ? {} : { buffersize };
          const results = executor.map(double, asynchronous ? later() : numbers, options);
          const seen: number[] = [];
          let failed = false;
          const loop = (async () => {
            try {
              for await (const result of results) seen.push(result);
            } catch {
              failed = true;
            }
          })();
          let over = false;
          void loop.then(() => {
            over = true;
          });
          while (!over) {
            await turn();
            for (const call of executor.calls) if (!call.future.done()) call.run();
          }
          const end = numbers.indexOf(13);
          expect(seen).toEqual((end < 0 ? numbers : numbers.slice(0, end)).map((x) => x * 2));
          expect(failed).toBe(end >= 0);
          expect(executor.calls.every(({ future }) => future.done())).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});
