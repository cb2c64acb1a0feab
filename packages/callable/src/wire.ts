import { packed } from "@concurrent-futures/core/keys";

/**
 * What crosses between workers. Everything here survives structured clone (threads) and `v8.serialize` (processes).
 *
 * A value that needs help travels as a {@link Packed}: a copy in which the special places are empty, and a list of
 * steps that makes the special values and puts them there. Steps refer to values by number and to containers by
 * identity, which both media keep. They are carried out in order, so cycles need no second pass.
 */

/** The key that tells a packed value from the user's own objects (which are packed themselves if they have it). */
export const packedKey: typeof packed = packed;

/** A value in its travelling form. */
export interface Packed {
  readonly [packedKey]: 1;
  /** Holds the value at index 0, when `steps` are done. */
  readonly root: unknown[];
  readonly steps: readonly Step[];
}

/** Plain data that was written down, to stay as it was at that moment. */
export interface Serialized {
  readonly [packedKey]: 2;
  /** As V8 writes it. */
  readonly bytes: Uint8Array;
}

const { hasOwn } = Object;

/** Whether a value is in a travelling form. */
export function isPacked(value: unknown): value is Packed | Serialized {
  return typeof value === "object" && value !== null && hasOwn(value, packedKey);
}

/** Which of the two it is. */
export function isSerialized(packed: Packed | Serialized): packed is Serialized {
  return packed[packedKey] === 2;
}

/** A container whose holes are filled by `put`: a copied object or array, or a list of parts. */
export type Container = Record<string, unknown> | unknown[];

/** Where an export is: module and path in it. `commonjs` modules are required, all others imported. */
export interface ExportAddress {
  readonly url: string;
  readonly path: readonly string[];
  readonly commonjs?: boolean;
}

/** A function or class as text; all that does not change from one snapshot to the next. */
export interface FunctionShape {
  /** A JavaScript expression. */
  readonly text: string;
  readonly kind: "function" | "class";
  readonly name: string;
  /** Free variables that a class needs while it is being defined: its `extends`, static fields, computed keys. */
  readonly definitionTime: readonly string[];
  /** Free variables that are needed only when it runs. */
  readonly callTime: readonly string[];
  /** URL of the module that it came from: base of its `import()`, file in its stack traces. */
  readonly file: string;
  /** Where it began there, from 0. */
  readonly line: number;
  readonly column: number;
  readonly strict: boolean;
  /** Whether there is a source map: its stack frames are marked then, so that they can be told where they arrive. */
  readonly mapped?: boolean;
  /** The part of that map that is about the text. */
  readonly map?: MapPart;
}

/** The lines of a source map that are about one function, from its first line on. */
export interface MapPart {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/** How an instance is allocated before its fields are there. */
export type Base = "object" | "array" | "map" | "set" | "date" | "regexp" | "typed";

/** One step of making a packed value. `to` numbers what it makes. */
export type Step =
  /** Put value `from` into a container of the copy. */
  | { readonly op: "put"; readonly into: Container; readonly key: string | number; readonly from: number }
  /** A registered (`key`) or well-known (`known`) symbol. */
  | { readonly op: "symbol"; readonly to: number; readonly key: string; readonly known: boolean }
  /** An export of a module. */
  | { readonly op: "reference"; readonly to: number; readonly address: ExportAddress }
  /** What `import` of this specifier in this module gives; `name` is "*" for the namespace. */
  | {
      readonly op: "import";
      readonly to: number;
      readonly specifier: string;
      readonly parent: string;
      readonly name: string;
      readonly commonjs?: boolean;
    }
  /** The `require` of a CommonJS module. */
  | { readonly op: "require"; readonly to: number; readonly parent: string }
  /** The `import()` of a module. */
  | { readonly op: "importer"; readonly to: number; readonly parent: string }
  /** The `import.meta` of a module. */
  | { readonly op: "meta"; readonly to: number; readonly parent: string }
  /** A builtin of the language, by its path from `globalThis`. */
  | { readonly op: "builtin"; readonly to: number; readonly path: readonly string[] }
  /** A function or class by value. `token` leads back to the original where that lives. */
  | {
      readonly op: "define";
      readonly to: number;
      readonly shape: FunctionShape;
      readonly definitionTime: unknown[];
      readonly token?: string;
    }
  /** The captured variables and own properties of a function that was defined. */
  | {
      readonly op: "capture";
      readonly of: number;
      readonly callTime: unknown[];
      readonly own?: Record<string, unknown>;
    }
  /** An instance without its fields. `of` is its class; -1 an object without prototype. `from` is what `base` starts with. */
  | {
      readonly op: "instance";
      readonly to: number;
      readonly of: number;
      readonly base: Base;
      readonly from?: unknown;
    }
  /** The own fields of an instance or error. Those named in `hidden` are not enumerable. */
  | {
      readonly op: "fields";
      readonly of: number;
      readonly fields: Record<string, unknown>;
      readonly hidden?: readonly string[];
      /** Fields under symbols: keys and values alternate. */
      readonly symbols?: unknown[];
    }
  /** A `Map` (keys and values alternate) or `Set` is filled. */
  | {
      readonly op: "entries";
      readonly of: number | Map<unknown, unknown> | Set<unknown>;
      readonly entries: unknown[];
    }
  /** An instance made by its class's `[revive]`. */
  | { readonly op: "revive"; readonly to: number; readonly of: number; readonly state: unknown[] }
  /** An error of class `of`, or, when that is -1 or cannot be had, of the builtin or core class `kind`. */
  | {
      readonly op: "error";
      readonly to: number;
      readonly of: number;
      readonly kind: string;
      readonly name: string;
      readonly message: string;
    }
  /** A Node `Buffer`. */
  | { readonly op: "buffer"; readonly to: number; readonly bytes: Uint8Array }
  /** A typed array over memory that travels by itself. */
  | {
      readonly op: "view";
      readonly to: number;
      readonly of: number;
      readonly name: string;
      readonly offset: number;
      readonly length: number;
    }
  /** What this side does not take; whatever needs it fails with the reason. Never sent. */
  | { readonly op: "unavailable"; readonly to: number; readonly reason: unknown }
  /** A `URL`, or, as `query`, its `URLSearchParams`. */
  | { readonly op: "url"; readonly to: number; readonly text: string; readonly query: boolean };

/** A function as it is sent: named, or as text with the variables that it captured. */
export type CallableRef =
  | ({ readonly kind: "reference"; readonly name: string } & ExportAddress)
  | {
      readonly kind: "value";
      readonly name: string;
      readonly packed: Packed;
      /** The same object describes the function forever: nothing that it captured can change. */
      readonly constant?: true;
    };

/** A thrown value in its travelling form; anything can be thrown, so anything can be inside. */
export interface PackedError {
  readonly kind: "error";
  readonly value: unknown;
}

/** A function of any kind. */
export type AnyFunction = (...args: never[]) => unknown;
