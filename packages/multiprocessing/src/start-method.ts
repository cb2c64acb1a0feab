import { RuntimeError, ValueError } from "@concurrent-futures/core";
import { checkOptions, describeValue } from "@concurrent-futures/core/options";
import { identity } from "@concurrent-futures/process/workers";

/** How workers are made: threads of this process, or processes. */
export type StartMethod = "thread" | "spawn";

const methods: readonly StartMethod[] = ["thread", "spawn"];

let chosen: StartMethod | undefined;

/** The names of the start methods, the default first (Python: `get_all_start_methods`). */
export function getAllStartMethods(): StartMethod[] {
  return [...methods];
}

/**
 * The default start method: the one that was set, else `"thread"`. Asking fixes it, as in Python.
 *
 * @param options - with `allowNone`, `undefined` when none has been set, and nothing is fixed.
 */
export function getStartMethod(options?: { readonly allowNone?: false }): StartMethod;
export function getStartMethod(options: { readonly allowNone?: boolean }): StartMethod | undefined;
export function getStartMethod(options: { readonly allowNone?: boolean } = {}): StartMethod | undefined {
  checkOptions("options", options, ["allowNone"]);
  chosen ??= identity()?.startMethod;
  if (options.allowNone) return chosen;
  return startMethod();
}

/**
 * Sets the default start method, once.
 *
 * @throws ValueError for an unknown name; RuntimeError when it has been set or used, unless `force` is given.
 */
export function setStartMethod(method: StartMethod, options: { readonly force?: boolean } = {}): void {
  checkStartMethod(method);
  checkOptions("options", options, ["force"]);
  if (getStartMethod({ allowNone: true }) !== undefined && !options.force)
    throw new RuntimeError("context has already been set");
  chosen = method;
}

/** The default, fixed by being used. */
export function startMethod(): StartMethod {
  chosen ??= identity()?.startMethod ?? "thread";
  return chosen;
}

const isFork = (method: unknown): boolean => method === "fork" || method === "forkserver";

/** Refuses unknown names. @throws ValueError */
export function checkStartMethod(method: unknown): StartMethod {
  if (!methods.includes(method as StartMethod)) {
    const hint = isFork(method)
      ? ' Node cannot fork: "spawn" starts processes, and hands them what they need as arguments or by an initializer.'
      : "";
    throw new ValueError(
      `cannot find context for ${describeValue(method)}: expected "thread" or "spawn".${hint}`,
    );
  }
  return method as StartMethod;
}
