import { knownAddress } from "../values/known-address.ts";
import type { CallableRef, Packed } from "../wire.ts";

/**
 * Functions by value whose description never changes: they capture nothing, or only what cannot get another value.
 * They are described once.
 */

type ByValue = CallableRef & { readonly kind: "value" };

interface Constant {
  readonly ref: CallableRef;
  /** The function, and those that it captured. Fields put on one of them later make it another function. */
  readonly functions: readonly Function[];
}

const constants = new WeakMap<Function, Constant>();

/** More keeps memory for programs that make up functions without end. */
const maxTexts = 2_000;
const longestText = 10_000;

/** What a text without free variables means does not depend on the place where it stands. */
const byText = new Map<string, CallableRef>();

/** The description of a function that is known to be constant. */
export function constantOf(fn: Function): CallableRef | undefined {
  const known = constants.get(fn);
  if (known !== undefined) {
    if (known.functions.every(hasNoFields)) return known.ref;
    constants.delete(fn);
  }
  return constantOfText(fn);
}

function constantOfText(fn: Function): CallableRef | undefined {
  if (byText.size === 0 || !hasNoFields(fn) || knownAddress(fn) !== undefined) return undefined;
  const ref = byText.get(keyOf(fn));
  if (ref !== undefined) constants.set(fn, { ref, functions: [fn] });
  return ref;
}

/**
 * Remembers a function whose text has no free variables. The next one with this text gets a description that lasts;
 * a text that is met only once must not stay in the workers.
 */
export function rememberText(fn: Function, ref: ByValue): void {
  const key = keyOf(fn);
  if (key.length > longestText || !hasNoFields(fn)) return;
  if (byText.size >= maxTexts) byText.delete(byText.keys().next().value as string);
  byText.set(key, { ...ref, constant: true });
}

/** Remembers a function whose captured variables cannot change, and gives its lasting description. */
export function rememberConstant(fn: Function, ref: ByValue, functions: readonly Function[]): CallableRef {
  const constant: CallableRef = { ...ref, constant: true };
  constants.set(fn, { ref: constant, functions });
  return constant;
}

/** Whether what was written consists of functions alone, and values that cannot change. */
export function isUnchanging(packed: Packed, functions: readonly Function[]): boolean {
  let defined = 0;
  for (const step of packed.steps) {
    switch (step.op) {
      case "define":
        defined++;
        if (step.definitionTime.some(isObject)) return false;
        break;
      case "capture":
        if (step.own !== undefined || step.callTime.some(isObject)) return false;
        break;
      case "import":
      case "require":
      case "meta":
      case "importer":
      case "reference":
      case "builtin":
      case "symbol":
      case "put":
        break;
      default:
        return false;
    }
  }
  return defined === functions.length;
}

function keyOf(fn: Function): string {
  // The two modes of the language differ.
  const mode = Object.hasOwn(fn, "caller") ? "sloppy" : "strict";
  return `${mode} ${fn.name}\u0000${Function.prototype.toString.call(fn)}`;
}

function hasNoFields(fn: Function): boolean {
  return Object.keys(fn).length === 0;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
