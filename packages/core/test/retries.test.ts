import {
  ArgumentTypeError,
  BrokenProcessPool,
  CancelledError,
  type Future,
  TimeoutError,
  ValueError,
} from "@concurrent-futures/core";
import { FakeClock } from "@concurrent-futures/core/testing";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ManualExecutor } from "./support/manual-executor.ts";
import { rejection, thrown } from "./support/outcomes.ts";

const clock = new FakeClock();
afterEach(() => clock.uninstall());

const always = (): boolean => true;
const call = (value: string): string => value;

/** Ends the last attempt that was submitted. */
function last(executor: ManualExecutor): Future<unknown> {
  const { future } = executor.calls.at(-1) as { future: Future<unknown> };
  future.setRunningOrNotifyCancel();
  return future;
}

describe("retries", () => {
  test("tries again what failed, until an attempt succeeds", async () => {
    clock.install();
    const executor = new ManualExecutor();
    const future = executor.withOptions({ retries: 2, retryIf: always }).submit(call, "x");
    last(executor).setException(new Error("first"));
    clock.advance(0);
    expect(executor.calls).toHaveLength(2);
    last(executor).setResult("good");
    expect(await future).toBe("good");
  });

  test("tells each attempt its number", () => {
    clock.install();
    const executor = new ManualExecutor();
    executor.withOptions({ retries: 2, retryIf: always }).submit(call, "x");
    for (let attempt = 1; attempt <= 2; attempt++) {
      last(executor).setException(new Error(String(attempt)));
      clock.advance(0);
    }
    expect(executor.calls.map(({ options }) => options?.attempt)).toEqual([undefined, 2, 3]);
  });

  test("fails with the last error, which has the earlier ones in order", async () => {
    clock.install();
    const executor = new ManualExecutor();
    const future = executor.withOptions({ retries: 2, retryIf: always }).submit(call, "x");
    const errors = [new Error("1"), new Error("2"), new Error("3")];
    for (const error of errors) {
      last(executor).setException(error);
      clock.advance(0);
    }
    expect(await rejection(future)).toBe(errors[2]);
    expect((errors[2] as { errors?: unknown }).errors).toEqual([errors[0], errors[1]]);
    expect(executor.calls).toHaveLength(3);
  });

  test("leaves an AggregateError its own errors, and a frozen error alone", async () => {
    clock.install();
    for (const final of [
      new AggregateError([1], "several"),
      Object.freeze(new Error("frozen")),
      "a string",
    ]) {
      const executor = new ManualExecutor();
      const future = executor.withOptions({ retries: 1, retryIf: always }).submit(call, "x");
      last(executor).setException(new Error("first"));
      clock.advance(0);
      last(executor).setException(final);
      expect(await rejection(future)).toBe(final);
    }
  });

  test("without retryIf, only what a dead worker cost is tried again", async () => {
    clock.install();
    const executor = new ManualExecutor();
    const view = executor.withOptions({ retries: 1 });
    const own = view.submit(call, "x");
    last(executor).setException(new RangeError("the call's own"));
    clock.advance(0);
    expect(await rejection(own)).toBeInstanceOf(RangeError);
    expect(executor.calls).toHaveLength(1);
    const lost = view.submit(call, "x");
    last(executor).setException(new BrokenProcessPool("the worker died"));
    clock.advance(0);
    last(executor).setResult("good");
    expect(await lost).toBe("good");
  });

  test("retryIf and retryDelay get the number of the attempt that failed", () => {
    clock.install();
    const executor = new ManualExecutor();
    const seen: unknown[] = [];
    executor
      .withOptions({
        retries: 2,
        retryIf: (error, attempt) => {
          seen.push(["if", (error as Error).message, attempt]);
          return true;
        },
        retryDelay: (attempt) => {
          seen.push(["delay", attempt]);
          return attempt * 100;
        },
      })
      .submit(call, "x");
    last(executor).setException(new Error("a"));
    clock.advance(99);
    expect(executor.calls).toHaveLength(1);
    clock.advance(1);
    last(executor).setException(new Error("b"));
    clock.advance(200);
    expect(executor.calls).toHaveLength(3);
    expect(seen).toEqual([
      ["if", "a", 1],
      ["delay", 1],
      ["if", "b", 2],
      ["delay", 2],
    ]);
  });

  test.each<[string, object, unknown]>([
    [
      "a retryIf that throws",
      {
        retryIf: () => {
          throw new RangeError("mine");
        },
      },
      RangeError,
    ],
    [
      "a retryDelay that throws",
      {
        retryIf: always,
        retryDelay: () => {
          throw new RangeError("mine");
        },
      },
      RangeError,
    ],
    ["a retryDelay that gives no number", { retryIf: always, retryDelay: () => "soon" }, ArgumentTypeError],
    ["a retryDelay that gives NaN", { retryIf: always, retryDelay: () => Number.NaN }, ArgumentTypeError],
  ])("%s fails the call", async (_what, options, Class) => {
    const executor = new ManualExecutor();
    const future = executor.withOptions({ retries: 3, ...options }).submit(call, "x");
    last(executor).setException(new Error("first"));
    expect(await rejection(future)).toBeInstanceOf(Class);
    expect(executor.calls).toHaveLength(1);
  });

  test("between two attempts a call is pending, and cancel takes it back", async () => {
    clock.install();
    const executor = new ManualExecutor();
    const future = executor.withOptions({ retries: 1, retryIf: always, retryDelay: 50 }).submit(call, "x");
    const first = last(executor);
    expect(future.running()).toBe(true);
    first.setException(new Error("first"));
    expect([future.running(), future.done()]).toEqual([false, false]);
    expect(future.cancel({ reason: "enough" })).toBe(true);
    clock.advance(100);
    expect(executor.calls).toHaveLength(1);
    const error = await rejection(future);
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as Error).cause).toBe("enough");
  });

  test("cancel reaches the attempt that is under way, and nothing is tried after it", async () => {
    clock.install();
    const executor = new ManualExecutor();
    const future = executor.withOptions({ retries: 5, retryIf: always }).submit(call, "x");
    expect(future.cancel()).toBe(true);
    expect(executor.calls[0]?.future.cancelled()).toBe(true);
    expect(await rejection(future)).toBeInstanceOf(CancelledError);
    clock.advance(1_000);
    expect(executor.calls).toHaveLength(1);
  });

  test("cancel of a running attempt is false, and the attempts go on", async () => {
    clock.install();
    const executor = new ManualExecutor();
    const future = executor.withOptions({ retries: 1, retryIf: always }).submit(call, "x");
    const first = last(executor);
    expect(future.cancel()).toBe(false);
    first.setResult("good");
    expect(await future).toBe("good");
  });

  test("a signal is listened to once, and ends the waiting", async () => {
    clock.install();
    const executor = new ManualExecutor();
    const controller = new AbortController();
    const view = executor.withOptions({
      retries: 3,
      retryIf: always,
      retryDelay: 10,
      signal: controller.signal,
    });
    const future = view.submit(call, "x");
    last(executor).setException(new Error("first"));
    controller.abort("over");
    expect(((await rejection(future)) as Error).cause).toBe("over");
    clock.advance(100);
    expect(executor.calls).toHaveLength(1);
  });

  test("views of views try each call once per attempt, not once per view", () => {
    clock.install();
    const executor = new ManualExecutor();
    executor.withOptions({ retries: 1, retryIf: always }).withOptions({ name: "named" }).submit(call, "x");
    last(executor).setException(new Error("1"));
    clock.advance(0);
    last(executor).setException(new Error("2"));
    clock.advance(0);
    expect(executor.calls).toHaveLength(2);
  });

  test("in a map each item is tried by itself", async () => {
    clock.install();
    const executor = new ManualExecutor();
    const results = executor.withOptions({ retries: 1, retryIf: always }).map(call, ["a", "b"]).toArray();
    const [a, b] = executor.calls.map(({ future }) => future) as [Future<unknown>, Future<unknown>];
    a.setException(new Error("once"));
    b.setResult("b");
    clock.advance(0);
    expect(executor.calls[2]?.args).toEqual(["a"]);
    last(executor).setResult("a");
    expect(await results).toEqual(["a", "b"]);
  });

  test("resultSync without an executor that can block says so", () => {
    const executor = new ManualExecutor();
    const future = executor.withOptions({ retries: 1, retryIf: always }).submit(call, "x");
    expect(String(thrown(() => future.resultSync()))).toContain("resultSync() cannot block");
  });

  test("resultSync goes on with the next attempt without an event loop", () => {
    const executor = new ManualExecutor();
    const future = executor.withOptions({ retries: 1, retryIf: always, retryDelay: 300 }).submit(call, "x");
    last(executor).setException(new Error("first"));
    expect(thrown(() => future.resultSync(1))).toBeInstanceOf(TimeoutError);
    expect(executor.calls).toHaveLength(1);
    expect(String(thrown(() => future.resultSync(1_000)))).toContain("cannot block");
    expect(executor.calls).toHaveLength(2);
  });

  test.each<[string, object, unknown]>([
    ["a negative number of retries", { retries: -1 }, ValueError],
    ["half a retry", { retries: 0.5 }, ArgumentTypeError],
    ["a negative delay", { retries: 1, retryDelay: -1 }, ValueError],
    ["an endless delay", { retries: 1, retryDelay: Number.POSITIVE_INFINITY }, ValueError],
    ["a delay that is a text", { retries: 1, retryDelay: "1s" }, ArgumentTypeError],
    ["a retryIf that is no function", { retries: 1, retryIf: true }, ArgumentTypeError],
    ["retries of what is moved", { retries: 1, transfer: [new ArrayBuffer(1)] }, ValueError],
  ])("%s is refused at the call", (_what, options, Class) => {
    expect(thrown(() => new ManualExecutor().withOptions(options))).toBeInstanceOf(Class);
  });

  test("any interleaving of failures, cancels, time and shutdown settles the call once, rightly", () => {
    clock.install();
    const step = fc.constantFrom("fail", "succeed", "cancel", "force", "time", "start", "now");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat({ max: 4 }), (steps, retries) => {
        const executor = new ManualExecutor();
        const future = executor.withOptions({ retries, retryIf: always, retryDelay: 10 }).submit(call, "x");
        let settled = 0;
        let cancelled = false;
        future.addDoneCallback(() => settled++);
        for (const action of steps) {
          const attempt = executor.calls.at(-1)?.future as Future<unknown>;
          const before = executor.calls.length;
          if (action === "fail" && !attempt.done()) attempt.setException(new Error("x"));
          if (action === "succeed" && !attempt.done()) attempt.setResult("good");
          if (action === "start" && !attempt.done() && !attempt.running()) attempt.setRunningOrNotifyCancel();
          if (action === "cancel" || action === "force") {
            const given = future.cancel({ force: action === "force" });
            if (given && !future.cancelled()) expect(future.done()).toBe(false);
            cancelled ||= given;
          }
          if (action === "time") clock.advance(10);
          if (cancelled) expect(executor.calls).toHaveLength(before);
          expect(executor.calls.length).toBeLessThanOrEqual(retries + 1);
        }
        expect(settled).toBe(future.done() ? 1 : 0);
        const failures = executor.calls.filter((one) => one.future.failed()).length;
        if (future.failed()) expect(failures).toBe(retries + 1);
        if (future.cancelled()) expect(cancelled).toBe(true);
      }),
    );
  });
});
