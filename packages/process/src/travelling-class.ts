import { reference, revive } from "@concurrent-futures/callable";

/**
 * Lets what a class stands for be made on the other side, by `unpack`, from what its instances' `[reduce]` gives.
 *
 * @param module - `import.meta.url` of the module that exports the class by its name.
 */
export function travelsAs<S>(Class: Function, module: string, unpack: (state: S) => unknown): void {
  Object.defineProperty(Class, reference, { value: { module, path: [Class.name] } });
  Object.defineProperty(Class, revive, { value: unpack });
}
