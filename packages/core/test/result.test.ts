import {
  ArgumentTypeError,
  CancelledError,
  Future,
  RuntimeError,
  TimeoutError,
  ValueError,
} from "@concurrent-futures/core";
import { FakeClock } from "@concurrent-futures/core/testing";
import { afterEach, describe, expect, test } from "@jest/globals";
import { rejection, thrown, turn } from "./support/outcomes.ts";

const clock = new FakeClock();
afterEach(() => clock.uninstall());

function failed(error: unknown): Future<number> {
  const future = new Future<number>();
  future.setException(error);
  return future;
}

describe("result and exception", () => {
  test("await future is await future.result()", async () => {
    const future = new Future<number>();
    setImmediate(() => future.setResult(3));
    expect(await future).toBe(3);
    expect(await future.result()).toBe(3);
    expect(await future.then((value) => value + 1)).toBe(4);
    expect(await future.finally(() => {})).toBe(3);
    expect(await future.catch(() => 9)).toBe(3);
  });

  test("then, catch and finally of a pending future see its error", async () => {
    const future = new Future<number>();
    const seen = [
      future.catch((error) => error),
      future.then(undefined, (error) => error),
      rejection(future.finally(() => {})),
    ];
    const error = new Error("x");
    future.setException(error);
    expect(await Promise.all(seen)).toEqual([error, error, error]);
  });

  test("handlers of a pending future run in the order added, later than the code that ends it", async () => {
    const future = new Future<number>();
    const order: string[] = [];
    void future.then(() => order.push("first"));
    void future.then(() => order.push("second"));
    future.setResult(1);
    order.push("after setResult");
    await turn();
    expect(order).toEqual(["after setResult", "first", "second"]);
  });

  test("a handler that throws rejects what then gave", async () => {
    const future = new Future<number>();
    const error = new Error("in the handler");
    const derived = future.then(() => {
      throw error;
    });
    future.setResult(1);
    expect(await rejection(derived)).toBe(error);
  });

  test("every call rejects with the very error, time after time", async () => {
    const error = new Error("x");
    const future = failed(error);
    for (let time = 0; time < 3; time++) expect(await rejection(future.result())).toBe(error);
    expect(await future.exception()).toBe(error);
  });

  test.each([[undefined], [null], [0], [""], [false]])("an error that is %p still rejects", async (value) => {
    expect(await rejection(failed(value))).toBe(value);
    expect(await rejection(failed(value).result(10))).toBe(value);
    expect(await failed(value).exception()).toBe(value);
  });

  test("exception() of a success is null", async () => {
    const future = new Future<undefined>();
    future.setResult(undefined);
    expect(await future.exception()).toBeNull();
  });

  test("a cancelled future rejects with CancelledError, whose cause is the reason", async () => {
    const future = new Future<number>();
    const waiting = [rejection(future.result()), rejection(future.exception())];
    future.cancel({ reason: "not wanted" });
    for (const error of await Promise.all(waiting)) {
      expect(error).toBeInstanceOf(CancelledError);
      expect((error as Error).cause).toBe("not wanted");
    }
  });

  test("a timeout of 0 or less polls", async () => {
    for (const timeout of [0, -1, Number.NEGATIVE_INFINITY]) {
      expect(await rejection(new Future().result(timeout))).toBeInstanceOf(TimeoutError);
      expect(await rejection(new Future().exception(timeout))).toBeInstanceOf(TimeoutError);
      const done = new Future<number>();
      done.setResult(1);
      expect(await done.result(timeout)).toBe(1);
    }
  });

  test("a timeout rejects when its time has come, not before, and does not cancel", async () => {
    clock.install();
    const future = new Future<number>();
    let error: unknown;
    void future.result(1_000).catch((reason: unknown) => {
      error = reason;
    });
    clock.advance(999);
    await turn();
    expect(error).toBeUndefined();
    clock.advance(1);
    await turn();
    expect(error).toBeInstanceOf(TimeoutError);
    expect((error as Error).message).toContain("1000 ms");
    expect(future.cancelled()).toBe(false);
    future.setResult(5);
    expect(await future.result(0)).toBe(5);
  });

  test("a timeout longer than any timer waits all the same", async () => {
    clock.install();
    const future = new Future<number>();
    const result = future.result(2 ** 40);
    clock.advance(2 ** 35);
    future.setResult(6);
    expect(await result).toBe(6);
  });

  test("an infinite timeout waits for ever", async () => {
    clock.install();
    const future = new Future<number>();
    const result = future.result(Number.POSITIVE_INFINITY);
    clock.advance(2 ** 40);
    future.setResult(7);
    expect(await result).toBe(7);
  });

  test.each([
    [Number.NaN, ValueError],
    ["5", ArgumentTypeError],
    [null, ArgumentTypeError],
    [5n, ArgumentTypeError],
  ] as const)("a timeout of %p is refused at the call", (timeout, type) => {
    const future = new Future<number>();
    for (const method of ["result", "exception", "resultSync"] as const) {
      const error = thrown(() => future[method](timeout as number)) as Error;
      expect(error).toBeInstanceOf(type);
      expect(error.message).toContain("`timeout`");
    }
  });

  test("resultSync gives what is there, and says why it cannot block", () => {
    const future = new Future<number>();
    expect(thrown(() => future.resultSync())).toBeInstanceOf(RuntimeError);
    expect(thrown(() => future.resultSync(0))).toBeInstanceOf(TimeoutError);
    future.setResult(8);
    expect(future.resultSync()).toBe(8);
    const error = new Error("x");
    expect(thrown(() => failed(error).resultSync())).toBe(error);
    const cancelled = new Future<number>();
    cancelled.cancel();
    expect(thrown(() => cancelled.resultSync())).toBeInstanceOf(CancelledError);
  });

  test("a failed future that nobody looks at is silent", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    failed(new Error("nobody looks"));
    new Future<number>().cancel();
    await turn();
    await turn();
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });
});
