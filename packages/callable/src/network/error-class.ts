import { wellKnownErrorClass } from "../failures/decode-error.ts";
import { type ExportNames, exportName } from "./export-name.ts";

/** The name of an error's class. */
export function className(error: Error): string {
  const Class: unknown = (error as { constructor?: unknown }).constructor;
  return typeof Class === "function" ? Class.name : "Error";
}

/** The nearest class that every receiver knows. */
export function nearestKnown(error: Error): string {
  for (const Class of classesOf(error)) if (isKnown(Class)) return Class.name;
  return "Error";
}

/** The nearest class that is exported by a module of both sides, if one is below what everybody knows. */
export function nearestExported(error: Error, names: ExportNames): Function | undefined {
  for (const Class of classesOf(error)) {
    if (isKnown(Class)) return undefined;
    try {
      if (exportName(Class, names) !== undefined) return Class;
    } catch {
      // What cannot be looked into is not exported.
    }
  }
  return undefined;
}

function isKnown(Class: Function): boolean {
  return wellKnownErrorClass(Class.name) !== undefined;
}

function* classesOf(error: Error): Generator<Function> {
  for (let at: unknown = error; at !== null; at = Object.getPrototypeOf(at)) {
    const Class: unknown = Object.getOwnPropertyDescriptor(at as object, "constructor")?.value;
    if (typeof Class === "function") yield Class;
  }
}
