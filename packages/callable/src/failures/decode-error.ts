import * as core from "@concurrent-futures/core/errors";
import type { Step } from "../wire.ts";

/** Rebuilds errors from what was sent of them: real errors, with the prototype of their class. */

const builtins: Readonly<Record<string, ErrorConstructor>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError: AggregateError as unknown as ErrorConstructor,
};

/** The classes of errors that are known everywhere by their names alone. */
export function wellKnownErrorClass(name: string): Function | undefined {
  const known = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  if (known !== undefined) return known;
  const ours = (core as unknown as Record<string, unknown>)[name];
  return typeof ours === "function" && ours.prototype instanceof Error ? ours : undefined;
}

/**
 * An error without its own properties. The constructor of its class is not run: it may want other arguments.
 *
 * @param Class - its class, when that travelled; else the nearest well-known one stands in.
 */
export function makeError(step: Step & { op: "error" }, Class: Function | undefined): Error {
  if (step.kind === "DOMException") return new DOMException(step.message, step.name) as unknown as Error;
  const actual = Class ?? wellKnownErrorClass(step.kind) ?? Error;
  const error = Reflect.construct(Error, [step.message], actual) as Error;
  setStack(error, `${step.name}: ${step.message}`);
  if (error.message !== step.message || !Object.hasOwn(error, "message"))
    hide(error, "message", step.message);
  if (error.name !== step.name) hide(error, "name", step.name);
  return error;
}

/**
 * Gives an error that was just made another stack. To define it at once would have the program's own
 * `Error.prepareStackTrace` make the one that nobody wants, and that may throw.
 */
export function setStack(error: Error, stack: string): void {
  if (Object.hasOwn(error, "stack")) error.stack = stack;
  hide(error, "stack", stack);
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable: false, configurable: true, writable: true });
}
