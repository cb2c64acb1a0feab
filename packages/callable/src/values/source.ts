import type { ExportAddress, FunctionShape } from "../wire.ts";

/**
 * What the encoder must know about functions. The caller's side answers with an inspector and a parser; encoding
 * only asks, so that a worker which never sends a function loads neither.
 */
export interface FunctionSource {
  /** Where a function or class is exported, if a worker can import it from there. */
  find(value: Function): ExportAddress | undefined;
  /** The function as text, with what it has captured at this moment. Throws a SerializationError if it cannot be sent. */
  snapshot(value: Function, role: Role): Snapshot;
  /** The path from `globalThis` of a builtin of the language. */
  builtinPath(value: Function): readonly string[] | undefined;
  /** Whether it is native or written in Node's own JavaScript. */
  belongsToNode(value: Function): boolean;
  /** Whether instances of a class have private fields or methods. */
  hasPrivateFields(Class: Function): boolean;
  /** The specifier of a module object: an ES namespace, or what `require` gave. */
  findModule(value: object): ModuleOrigin | undefined;
}

/** `callee`: called by the worker, with no `this`; `value`: a value among others. */
export type Role = "callee" | "value";

/** How a module object is had on the other side. */
export interface ModuleOrigin {
  readonly specifier: string;
  readonly parent: string;
  readonly name: string;
  /** By `require`, from its `specifier`, which is a URL then. */
  readonly commonjs?: boolean;
}

/** One captured variable. */
export type Captured =
  | { readonly kind: "value"; readonly name: string; readonly value: unknown }
  | { readonly kind: "import"; readonly name: string; readonly origin: ModuleOrigin }
  | { readonly kind: "require" | "meta" | "importer"; readonly name: string; readonly parent: string };

/** A function by value, as it is now. */
export interface Snapshot {
  readonly shape: FunctionShape;
  readonly definitionTime: readonly Captured[];
  readonly callTime: readonly Captured[];
  /** None of the captured variables can get another value; what the values hold may change. */
  readonly fixed?: boolean;
  /** The text has no free variables, and nothing in it depends on its place. */
  readonly closed?: boolean;
}
