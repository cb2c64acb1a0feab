import { SerializationError } from "@concurrent-futures/core/errors";
import { wellKnownErrorClass } from "../failures/decode-error.ts";
import { revive } from "../symbols.ts";
import type { ExportName } from "./export-name.ts";
import type { bases } from "./format.ts";
import { malformed } from "./malformed.ts";

/** What a receiver makes of a message besides data. */
export interface NetworkDecoding {
  /** Classes whose instances and errors may be made, by their names. */
  readonly allow?: ReadonlyMap<string, Function>;
  /**
   * Makes the stand-in of an object that lives in a server, of its unchecked state. What that takes besides, in bytes, it takes off the
   * message's account by `charge`.
   */
  readonly proxy?: (state: unknown, charge: (bytes: number) => void) => object;
  /** The function or class that a name stands for. Throws where this side does not take it. */
  readonly resolve?: (name: ExportName) => Function;
}

type Class = Function & { readonly prototype: object };

/** The function or class that a message names. */
export function resolveExport(name: ExportName, { resolve }: NetworkDecoding): Function {
  if (resolve !== undefined) return resolve(name);
  throw new SerializationError(
    `The message names the export ${name.path.join(".")} of ${JSON.stringify(name.module)}: this side does not accept names of code from there.`,
  );
}

/** A value of a message where a class must stand. */
export function asClass(value: unknown): Class {
  if (typeof value === "function" && typeof value.prototype === "object" && value.prototype !== null)
    return value as Class;
  throw malformed("it has an instance of something that is not a class");
}

/** A class of errors among what the receiver was given, or one that everybody knows. */
export function errorClass(own: string, known: string, { allow }: NetworkDecoding): Function {
  return asErrorClass(allow?.get(own)) ?? wellKnownErrorClass(known) ?? Error;
}

/** A class that makes errors; `undefined` for anything else. */
export function asErrorClass(value: unknown): Function | undefined {
  return typeof value === "function" && value.prototype instanceof Error ? value : undefined;
}

/** The instance that a class makes of what its `[reduce]` gave. */
export function reviveAs(Class: Function, state: unknown): unknown {
  const make = (Class as { [revive]?: (state: unknown, medium: string) => unknown })[revive];
  if (typeof make !== "function") throw malformed("its class has no static [revive]");
  return make.call(Class, state, "network");
}

/** As {@link reviveAs}, of a class that the receiver was given. */
export function reviveAllowed(name: string, state: unknown, { allow }: NetworkDecoding): unknown {
  const Class = allow?.get(name);
  if (Class === undefined || typeof (Class as { [revive]?: unknown })[revive] !== "function") {
    throw new SerializationError(
      `The message has an instance of ${JSON.stringify(name)}, which this side does not accept from a network. ` +
        `Pass \`allow: [${name}]\` with a class that has a static [revive](state), or let the other side send plain data.`,
    );
  }
  return reviveAs(Class, state);
}

/** An object of a class whose constructor is not run: only the base's own. */
export function allocate(base: (typeof bases)[number], Class: Class): object {
  switch (base) {
    case "array":
      return constructAs(Array, Class);
    case "map":
      return constructAs(Map, Class);
    case "set":
      return constructAs(Set, Class);
    default:
      return Object.create(Class.prototype) as object;
  }
}

function constructAs(Base: Function & { readonly prototype: object }, Class: Class): object {
  if (Class.prototype instanceof Base) return Reflect.construct(Base, [], Class) as object;
  throw malformed(`it has an instance of ${Class.name}, which is not a ${Base.name}`);
}

/** An own property, also for `__proto__` and where a prototype has a setter. */
export function define(object: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, key, { value, enumerable, configurable: true, writable: true });
}
