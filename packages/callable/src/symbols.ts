/**
 * The registered symbols by which a class or function says how it travels. Registered, so that two copies of this
 * package, and code that does not depend on it at all, agree on them.
 */

import * as keys from "@concurrent-futures/core/keys";

/**
 * Key of an instance method that says what of an instance travels (Python: `__reduce__`). It receives the medium
 * and returns the state: any value that travels. Paired with the static method under {@link revive}.
 *
 * @example
 * ```ts
 * class Money {
 *   #cents: number;
 *   constructor(cents: number) { this.#cents = cents; }
 *   [reduce]() { return this.#cents; }
 *   static [revive](cents: number) { return new Money(cents); }
 * }
 * ```
 */
export const reduce: typeof keys.reduce = keys.reduce;

/** Key of the static method that makes an instance from what {@link reduce} returned, on the other side. */
export const revive: typeof keys.revive = keys.revive;

/**
 * Key of an own property of a function or class that names where it is exported: `{ module: import.meta.url,
 * path: ["Lock"] }`. What has it travels by reference without anyone looking for it.
 */
export const reference: typeof keys.reference = keys.reference;

/** What stands under {@link reference}. */
export interface ModuleReference {
  /** The module's URL, as `import.meta.url` says it. */
  readonly module: string;
  /** The way from the module's namespace to the value: `["default"]`, `["Lock"]`, `["geometry", "area"]`. */
  readonly path: readonly string[];
}

/**
 * Key of an own property of a function that was made for another one: that other one. Where the maker's result is exported,
 * it is by the module in which the other one was written.
 */
export const madeFor: typeof keys.madeFor = keys.madeFor;

/** By which way a value leaves this thread; handed to `[reduce](medium)`. */
export type Medium = "thread" | "spawn" | "network";
