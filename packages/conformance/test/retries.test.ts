import { describe, expect, test } from "@jest/globals";
import { BrokenProcessPool, CancelledError, type TaskOptions, TimeoutError } from "concurrent-futures";
import { attemptOrExit, attemptOrThrow, failsEachTime } from "./fixtures/attempts.mjs";
import { describeEach, executors, processPools } from "./support/subjects.ts";

const always = (): boolean => true;

describe.each(executors)("retries on $name", ({ create }) => {
  test("a call that fails is tried again, and knows which attempt it is", async () => {
    const view = create().withOptions({ retries: 3, retryIf: always });
    expect(await view.submit(attemptOrThrow, 3)).toBe(3);
    expect(await view.submit(attemptOrThrow, 1)).toBe(1);
  });

  test("the last error has the earlier ones in order", async () => {
    const view = create().withOptions({ retries: 2, retryIf: always });
    const error = (await view.submit(failsEachTime, { text: "x" }).exception()) as RangeError & {
      errors: Error[];
    };
    expect(error.message).toBe("3: x");
    expect(error.errors.map(({ message }) => message)).toEqual(["1: x", "2: x"]);
  });

  test("without retryIf an error of the call's own is final", async () => {
    const view = create().withOptions({ retries: 3 });
    expect(await view.submit(attemptOrThrow, 2).exception()).toMatchObject({ message: "attempt 1" });
  });

  test("a closure is tried again as it was", async () => {
    const wanted = 2;
    const view = create().withOptions({ retries: 1, retryIf: always });
    const future = view.submit((inner: (n: number) => Promise<number>) => inner(wanted), attemptOrThrow);
    expect(await future).toBe(2);
  });

  test("each item of a map has attempts of its own", async () => {
    const view = create().withOptions({ retries: 2, retryIf: always });
    expect(await view.map(attemptOrThrow, [3, 1, 2, 3]).toArray()).toEqual([3, 1, 2, 3]);
  });

  test("timeout counts for each attempt", async () => {
    const executor = create();
    let decided = 0;
    const view = executor.withOptions({
      retries: 1,
      timeout: 30,
      retryIf: (error) => {
        decided++;
        return error instanceof TimeoutError;
      },
    });
    const never = async (): Promise<void> => new Promise(() => {});
    expect(await view.submit(never).exception()).toBeInstanceOf(TimeoutError);
    expect(decided).toBe(1);
  });

  test("shutdown ends the waiting by one last attempt", async () => {
    const executor = create();
    const { failures, options } = afterFailures(2);
    const view = executor.withOptions(options);
    const waiting = view.submit(attemptOrThrow, 2);
    const hopeless = view.submit(attemptOrThrow, 9);
    await failures;
    await executor.shutdown();
    expect(await waiting).toBe(2);
    expect(await hopeless.exception()).toMatchObject({ message: "attempt 2" });
  });

  test("shutdown with cancelFutures cancels what waits for another attempt", async () => {
    const executor = create();
    const { failures, options } = afterFailures(1);
    const waiting = executor.withOptions(options).submit(attemptOrThrow, 2);
    await failures;
    await executor.shutdown({ cancelFutures: true });
    await expect(waiting.result()).rejects.toBeInstanceOf(CancelledError);
  });

  test("an attempt that fails after shutdown is the last", async () => {
    const executor = create();
    const { options } = afterFailures(1);
    const late = executor.withOptions(options).submit(attemptOrThrow, 2);
    await executor.shutdown();
    expect(await late.exception()).toMatchObject({ message: "attempt 1" });
  });

  /** Options under which a call waits practically for ever; `failures` resolves after so many first failures. */
  function afterFailures(count: number): { failures: Promise<void>; options: TaskOptions } {
    let left = count;
    let resolveFailures = (): void => {};
    const failures = new Promise<void>((resolve) => {
      resolveFailures = resolve;
    });
    const retryIf = (): boolean => {
      if (--left === 0) setImmediate(resolveFailures);
      return true;
    };
    return { failures, options: { retries: 1, retryDelay: 1_000_000, retryIf } };
  }
});

describeEach(processPools)("retries on $name", ({ create }) => {
  test("by default what a dead worker cost is tried again", async () => {
    const view = create().withOptions({ retries: 2 });
    expect(await view.submit(attemptOrExit, 3)).toBe(3);
  });

  test("a call that kills each of its workers fails with all their deaths", async () => {
    const view = create().withOptions({ retries: 1 });
    const error = (await view.submit(attemptOrExit, 9).exception()) as BrokenProcessPool & {
      errors: unknown[];
    };
    expect(error).toBeInstanceOf(BrokenProcessPool);
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toBeInstanceOf(BrokenProcessPool);
  });

  test("an attempt has the arguments of the submit", async () => {
    const box = { text: "as submitted" };
    const view = create().withOptions({ retries: 1, retryIf: always });
    const future = view.submit(failsEachTime, box);
    box.text = "changed since";
    expect(await future.exception()).toMatchObject({ message: "2: as submitted" });
  });

  test("resultSync blocks through all attempts", () => {
    const view = create().withOptions({ retries: 2, retryIf: always, retryDelay: 5 });
    expect(view.submit(attemptOrThrow, 3).resultSync(20_000)).toBe(3);
  });
});
