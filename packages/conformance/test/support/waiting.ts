import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { jest } from "@jest/globals";

export { rejection, thrown } from "../../../core/test/support/outcomes.ts";

/** Waits for a condition by looking at each turn of the event loop, with a deadline: for what no event tells. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  milliseconds: number = 10_000,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not so after ${milliseconds} ms: ${String(holds)}`);
    // Not by `node:timers/promises`: among other test files in a runner's process, its promises were seen to stay open.
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
