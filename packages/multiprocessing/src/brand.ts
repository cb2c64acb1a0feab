import { type ModuleReference, reference } from "@concurrent-futures/callable/load";
import { errorNames } from "@concurrent-futures/core/keys";

interface Branded {
  readonly [errorNames]?: readonly string[];
}

/**
 * Makes `instanceof` hold across copies of the package, realms and workers, and names the module from which the
 * class can be imported, so that such an error travels as itself.
 *
 * @param name - what the class is called; its brand too, unless `brandName` says otherwise.
 * @param also - brands of classes that it counts as without extending them.
 */
export function brand(
  Class: Function & { readonly prototype: object },
  module: string,
  name: string,
  brandName: string = name,
  also: readonly string[] = [],
): void {
  const parents = (Object.getPrototypeOf(Class.prototype) as Branded)[errorNames] ?? [];
  Object.defineProperty(Class.prototype, errorNames, { value: [...parents, ...also, brandName] });
  Object.defineProperty(Class.prototype, "name", { value: name, configurable: true, writable: true });
  Object.defineProperty(Class, reference, { value: { module, path: [name] } satisfies ModuleReference });
  Object.defineProperty(Class, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== Class) return Function.prototype[Symbol.hasInstance].call(this, value);
      return (
        typeof value === "object" &&
        value !== null &&
        ((value as Branded)[errorNames] ?? []).includes(brandName)
      );
    },
  });
}
