import {
  ALL_COMPLETED,
  ArgumentTypeError,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  Future,
  type ReturnWhen,
  ValueError,
  wait,
} from "@concurrent-futures/core";
import { FakeClock } from "@concurrent-futures/core/testing";
import { afterEach, describe, expect, test } from "@jest/globals";
import { thrown, turn } from "./support/outcomes.ts";

const clock = new FakeClock();
afterEach(() => clock.uninstall());

const futures = (count: number): Future<number>[] =>
  Array.from({ length: count }, () => new Future<number>());

/** Waits, and says whether it is over yet. */
function watch(all: Iterable<Future<number>>, returnWhen: ReturnWhen) {
  const watched = { over: false, done: new Set<Future<number>>(), notDone: new Set<Future<number>>() };
  void wait(all, { returnWhen }).then((result) => Object.assign(watched, { over: true, ...result }));
  return watched;
}

describe("wait", () => {
  test("gives two empty sets at once for no futures", async () => {
    expect(await wait([])).toEqual({ done: new Set(), notDone: new Set() });
  });

  test("counts a future that was given twice once", async () => {
    const [a] = futures(1) as [Future<number>];
    a.setResult(1);
    expect(await wait([a, a, a])).toEqual({ done: new Set([a]), notDone: new Set() });
  });

  test("ALL_COMPLETED waits for the last one, whatever becomes of them", async () => {
    const [a, b, c] = futures(3) as [Future<number>, Future<number>, Future<number>];
    const watched = watch([a, b, c], ALL_COMPLETED);
    a.setResult(1);
    b.setException(new Error("x"));
    await turn();
    expect(watched.over).toBe(false);
    c.cancel();
    await turn();
    expect(watched.done).toEqual(new Set([a, b, c]));
  });

  test("FIRST_COMPLETED ends with any, a cancelled one too", async () => {
    const [a, b] = futures(2) as [Future<number>, Future<number>];
    const watched = watch([a, b], FIRST_COMPLETED);
    await turn();
    expect(watched.over).toBe(false);
    b.cancel();
    await turn();
    expect([watched.done, watched.notDone]).toEqual([new Set([b]), new Set([a])]);
  });

  test("FIRST_EXCEPTION ends with an error, which success and cancel are not", async () => {
    const [a, b, c, d] = futures(4) as [Future<number>, Future<number>, Future<number>, Future<number>];
    const watched = watch([a, b, c, d], FIRST_EXCEPTION);
    a.setResult(1);
    b.cancel();
    await turn();
    expect(watched.over).toBe(false);
    c.setException(undefined);
    await turn();
    expect([watched.done, watched.notDone]).toEqual([new Set([a, b, c]), new Set([d])]);
  });

  test("FIRST_EXCEPTION without one ends with the last", async () => {
    const [a, b] = futures(2) as [Future<number>, Future<number>];
    const watched = watch([a, b], FIRST_EXCEPTION);
    a.setResult(1);
    b.setResult(2);
    await turn();
    expect(watched.done).toEqual(new Set([a, b]));
  });

  test.each([FIRST_COMPLETED, FIRST_EXCEPTION] as const)(
    "%s ends at once when it already is so",
    async (returnWhen) => {
      const [a, b] = futures(2) as [Future<number>, Future<number>];
      a.setException(new Error("x"));
      expect(await wait([a, b], { returnWhen })).toEqual({ done: new Set([a]), notDone: new Set([b]) });
    },
  );

  test("a timeout is no error: what is done by then is in done", async () => {
    clock.install();
    const [a, b] = futures(2) as [Future<number>, Future<number>];
    const result = wait([a, b], { timeout: 100 });
    a.setResult(1);
    clock.advance(100);
    expect(await result).toEqual({ done: new Set([a]), notDone: new Set([b]) });
  });

  test.each([0, -5])("a timeout of %p looks once", async (timeout) => {
    const [a, b] = futures(2) as [Future<number>, Future<number>];
    a.setResult(1);
    expect(await wait([a, b], { timeout })).toEqual({ done: new Set([a]), notDone: new Set([b]) });
  });

  test.each([
    [() => wait(5 as never), ArgumentTypeError, "`futures`"],
    [() => wait([Promise.resolve()] as never), ArgumentTypeError, "an object (Promise)"],
    [() => wait([undefined] as never), ArgumentTypeError, "undefined"],
    [() => wait([], { timeout: "1" as never }), ArgumentTypeError, "`timeout`"],
    [() => wait([], { timeout: Number.NaN }), ValueError, "NaN"],
    [() => wait([], { returnWhen: "LATER" as never }), ValueError, '"LATER"'],
    [() => wait([], { timout: 1 } as never), ValueError, "timout"],
    [() => wait([], 5 as never), ArgumentTypeError, "5 (number)"],
  ] as const)("refuses wrong arguments at the call (%#)", (call, type, text) => {
    const error = thrown(call) as Error;
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain(text);
  });
});
