import type { AsyncContext } from "../async-context.ts";
import { isThenable } from "../thenable.ts";
import { messageOf, stackOf } from "../thrown.ts";

/**
 * Runs what a user gave to be run. It must never take the caller down: an error is reported where the platform
 * reports warnings, and the next callback runs. Published as `@concurrent-futures/core/callbacks` for the sibling packages.
 */
export function runCallback<A>(callback: (argument: A) => unknown, argument: A): void {
  try {
    const result = callback(argument);
    if (isThenable(result))
      Promise.resolve(result).then(undefined, (error: unknown) => report(error, argument));
  } catch (error) {
    report(error, argument);
  }
}

/** A callback that runs in the context in which it was added, no matter which code settles the future. */
export class ContextCallback<A> {
  readonly fn: (argument: A) => unknown;
  readonly #context: AsyncContext;

  constructor(fn: (argument: A) => unknown, context: AsyncContext) {
    this.fn = fn;
    this.#context = context;
  }

  run(argument: A): void {
    this.#context.runInAsyncScope(runCallback<A>, undefined, this.fn, argument);
  }
}

interface WarningProcess {
  emitWarning?(warning: string, options: { type: string; code: string; detail: string }): void;
}

function report(error: unknown, subject: unknown): void {
  const text = `exception calling callback for ${String(subject)}`;
  const detail = stackOf(error) ?? messageOf(error);
  // Node and its kin have `process`; a browser has only its console.
  const host = (globalThis as { process?: WarningProcess }).process;
  if (host?.emitWarning) {
    host.emitWarning(`${text}: ${messageOf(error)}`, {
      type: "CallbackWarning",
      code: "CF_CALLBACK_ERROR",
      detail,
    });
  } else {
    console.error(text, error);
  }
}
