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

/** Lets everything that has become due by promises run. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The texts of the warnings that are emitted while something runs; they are kept off the terminal. */
export async function warningsDuring(run: () => unknown): Promise<string[]> {
  const warnings: string[] = [];
  const emit = jest.spyOn(process, "emitWarning").mockImplementation((warning) => {
    warnings.push(String(warning));
  });
  try {
    await run();
    await turn();
  } finally {
    emit.mockRestore();
  }
  return warnings;
}
