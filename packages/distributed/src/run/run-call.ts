import { type Outcome, type RunnableCall, runnerOf, withContext } from "./runner.ts";

/** What runs in the processes of a worker's pool: the only place where user code is loaded and arguments are decoded. */

/** Loads the modules that the worker was given. @throws why one of them cannot be loaded */
export async function loadModules(names: readonly string[]): Promise<void> {
  await runnerOf().modules.demand(names);
}

/** Calls a function by its name, on arguments in their travelling form. */
export async function runCall(call: RunnableCall, bytes: Uint8Array): Promise<Outcome> {
  const runner = runnerOf();
  let began = performance.now();
  try {
    const fn = await runner.functionOf(call);
    const restored = await runner.restoring(call.carried);
    const args = runner.modules.decode(bytes) as unknown[];
    began = performance.now();
    const run = (): unknown => Reflect.apply(fn, undefined, args);
    const result: unknown = await withContext(call, () => (restored === undefined ? run() : restored(run)));
    return runner.outcome(false, result, began);
  } catch (error) {
    return runner.outcome(true, error, began);
  }
}
