import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { jest } from "@jest/globals";

/** What a promise rejects with; fails when it does not. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${String(value)}`);
}

/** What a call throws; fails when it does not. */
export function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("expected an error");
}

/** Waits for a condition by looking, with a deadline: for what no event tells. */
export async function until(condition: () => boolean, milliseconds = 10_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error("the condition did not come about in time");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Waits until the object of a reference has been collected; false when it never is. */
export async function collected(reference: WeakRef<object>): Promise<boolean> {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  for (let round = 0; round < 100; round++) {
    // A WeakRef holds its object until the turn in which it was read has ended.
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    if (reference.deref() === undefined) return true;
  }
  return false;
}

/** The texts of the warnings that are emitted while something runs. */
export function warningsDuring(run: () => void): string[] {
  const warnings: string[] = [];
  const emit = jest.spyOn(process, "emitWarning").mockImplementation((warning) => {
    warnings.push(String(warning));
  });
  try {
    run();
  } finally {
    emit.mockRestore();
  }
  return warnings;
}
