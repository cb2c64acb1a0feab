import { describe, expect, test } from "@jest/globals";
import { CancelledError, type Future, InvalidStateError, TimeoutError } from "concurrent-futures";
import {
  cancelled,
  cancelledAndNotified,
  failed,
  OSError,
  pending,
  running,
  successful,
} from "./support/states.ts";
import { rejection, thrown, warningsDuring } from "./support/waiting.ts";

const all = { pending, running, cancelled, cancelledAndNotified, failed: () => failed(), successful };

/** What a method says in each state, in the order of {@link all}. */
const told = (ask: (future: Future<number>) => unknown): unknown[] =>
  Object.values(all).map((make) => ask(make()));

describe("FutureTests", () => {
  test("test_done_callback_with_result [Future]", async () => {
    let seen: unknown;
    const future = pending();
    future.addDoneCallback((done) => {
      seen = done.resultSync();
    });
    future.setResult(5);
    expect(seen).toBe(5);
  });

  test("test_done_callback_with_exception [Future]", () => {
    const seen: unknown[] = [];
    const future = pending();
    future.addDoneCallback((done) => seen.push(thrown(() => done.resultSync())));
    const error = new Error("test");
    future.setException(error);
    expect(seen).toEqual([error]);
  });

  test("test_done_callback_with_cancel [Future]", () => {
    let seen: unknown;
    const future = pending();
    future.addDoneCallback((done) => {
      seen = done.cancelled();
    });
    expect(future.cancel()).toBe(true);
    expect(seen).toBe(true);
  });

  test("test_done_callback_raises [Future]", async () => {
    const called: string[] = [];
    const warnings = warningsDuring(() => {
      const future = pending();
      future.addDoneCallback(() => {
        called.push("raising");
        throw new Error("doh!");
      });
      future.addDoneCallback(() => called.push("fine"));
      future.setResult(5);
    });
    expect(called).toEqual(["raising", "fine"]);
    expect(warnings).toEqual([expect.stringContaining("doh!")]);
  });

  test.each([
    [
      "test_done_callback_already_successful",
      () => successful(5),
      (future: Future<number>) => future.resultSync(),
      5,
    ],
    [
      "test_done_callback_already_failed",
      () => failed(new Error("test")),
      (future: Future<number>) => future.failed(),
      true,
    ],
    ["test_done_callback_already_cancelled", cancelled, (future: Future<number>) => future.cancelled(), true],
  ])("%s [Future]", (_method, make, ask, expected) => {
    const seen: unknown[] = [];
    make().addDoneCallback((future) => seen.push(ask(future)));
    // At once, within the call: who adds a callback may rely on it.
    expect(seen).toEqual([expected]);
  });

  test("test_done_callback_raises_already_succeeded [Future]", async () => {
    const warnings = warningsDuring(() => {
      successful(5).addDoneCallback(() => {
        throw new Error("doh!");
      });
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("exception calling callback for");
    expect(warnings[0]).toContain("doh!");
  });

  test("test_repr [Future]", () => {
    expect(told(String)).toEqual([
      "<Future state=pending>",
      "<Future state=running>",
      "<Future state=cancelled>",
      "<Future state=cancelled_and_notified>",
      "<Future state=finished raised OSError>",
      "<Future state=finished returned number>",
    ]);
  });

  test("test_cancel [Future]", () => {
    const agreed: boolean[] = [];
    const afterwards = told((future) => {
      agreed.push(future.cancel());
      return String(future).replace(/^.*state=|>$/g, "");
    });
    expect(agreed).toEqual([true, false, true, true, false, false]);
    expect(afterwards).toEqual([
      "cancelled",
      "running",
      "cancelled",
      "cancelled_and_notified",
      "finished raised OSError",
      "finished returned number",
    ]);
  });

  test("test_cancelled [Future]", () => {
    expect(told((future) => future.cancelled())).toEqual([false, false, true, true, false, false]);
  });

  test("test_done [Future]", () => {
    expect(told((future) => future.done())).toEqual([false, false, true, true, true, true]);
  });

  test("test_running [Future]", () => {
    expect(told((future) => future.running())).toEqual([false, true, false, false, false, false]);
  });

  test("test_result_with_timeout [Future]", async () => {
    for (const make of [pending, running])
      expect(await rejection(make().result(0))).toBeInstanceOf(TimeoutError);
    for (const make of [cancelled, cancelledAndNotified])
      expect(await rejection(make().result(0))).toBeInstanceOf(CancelledError);
    expect(await rejection(failed().result(0))).toBeInstanceOf(OSError);
    expect(await successful().result(0)).toBe(42);
  });

  test("test_result_with_success [Future]", async () => {
    const future = pending();
    setImmediate(() => future.setResult(42));
    expect(await future.result(5_000)).toBe(42);
  });

  test("test_result_with_cancel [Future]", async () => {
    const future = pending();
    setImmediate(() => future.cancel());
    expect(await rejection(future.result(5_000))).toBeInstanceOf(CancelledError);
  });

  test("test_exception_with_timeout [Future]", async () => {
    for (const make of [pending, running])
      expect(await rejection(make().exception(0))).toBeInstanceOf(TimeoutError);
    for (const make of [cancelled, cancelledAndNotified])
      expect(await rejection(make().exception(0))).toBeInstanceOf(CancelledError);
    expect(await failed().exception(0)).toBeInstanceOf(OSError);
    expect(await successful().exception(0)).toBeNull();
  });

  test("test_exception_with_success [Future]", async () => {
    const future = pending();
    const error = new OSError("later");
    setImmediate(() => future.setException(error));
    expect(await future.exception(5_000)).toBe(error);
  });

  test("test_multiple_set_result [Future]", async () => {
    const future = successful(1);
    const error = thrown(() => future.setResult(2)) as InvalidStateError;
    expect(error).toBeInstanceOf(InvalidStateError);
    expect(error.message).toMatch(/^FINISHED: <Future state=finished returned number>/);
    expect(await future).toBe(1);
  });

  test("test_multiple_set_exception [Future]", async () => {
    const first = new OSError("first");
    const future = failed(first);
    const error = thrown(() => future.setException(new Error("second"))) as InvalidStateError;
    expect(error).toBeInstanceOf(InvalidStateError);
    expect(error.message).toMatch(/^FINISHED: <Future state=finished raised OSError>/);
    expect(await future.exception()).toBe(first);
  });
});
