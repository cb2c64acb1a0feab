/**
 * Whose code runs: `AsyncLocalStorage` and its kin. This package knows no platform, so that a package that does sets it.
 * Published as `@concurrent-futures/core/async-context` for the sibling packages.
 */

/** The context that was current somewhere. `AsyncResource` of Node fits. */
export interface AsyncContext {
  /** Calls `fn` as if it were called there. */
  runInAsyncScope<A extends unknown[], R>(fn: (...args: A) => R, thisArg: unknown, ...args: A): R;
}

let capture: (() => AsyncContext) | undefined;

/** For executors: says how a context is captured. */
export function provideAsyncContext(captureContext: () => AsyncContext): void {
  capture = captureContext;
}

/** The context of this moment; undefined where the platform has none, or no executor has been made yet. */
export function currentContext(): AsyncContext | undefined {
  return capture?.();
}

/** Calls `fn` in a context, or as it is where there is none. */
export function runIn<A extends unknown[], R>(
  context: AsyncContext | undefined,
  fn: (...args: A) => R,
  ...args: A
): R {
  return context === undefined ? fn(...args) : context.runInAsyncScope(fn, undefined, ...args);
}
