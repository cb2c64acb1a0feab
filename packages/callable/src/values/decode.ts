import { Buffer } from "node:buffer";
import { SerializationError } from "@concurrent-futures/core/errors";
import { makeError } from "../failures/decode-error.ts";
import { mappedStack } from "../failures/mapped-stack.ts";
import { capture, define } from "../load/define.ts";
import { isLoaded, requestFor, resolveExport } from "../load/exports.ts";
import { importMeta } from "../load/import-meta.ts";
import { whileLoading } from "../load/load-failure.ts";
import {
  importer,
  importModule,
  loadedModule,
  type ModuleRequest,
  requireFrom,
  requireModule,
} from "../load/modules.ts";
import { revive } from "../symbols.ts";
import type { Packed, Step } from "../wire.ts";
import { fill } from "./fill.ts";
import { malformed } from "./malformed.ts";
import { originalOf, rememberAs } from "./originals.ts";
import { setKey } from "./set-key.ts";
import { viewClass, viewOn } from "./shared-views.ts";

/** Carries out the steps of a packed value, one after the other, in the order in which they were written. */

type Values = unknown[];

/** Stands for a value that could not be had; code that needs it fails with the reason. */
class Unavailable {
  readonly reason: unknown;
  constructor(reason: unknown) {
    this.reason = reason;
  }
}

/**
 * Makes a packed value, at once when all its modules are here, else when they have been imported.
 */
export function decode(packed: Packed): unknown | Promise<unknown> {
  const missing = missingModules(packed);
  if (missing.length === 0) return build(packed);
  // A module that fails is reported by the step that needs it, or worked around there (errors).
  return Promise.all(missing.map(({ request }) => importModule(request).catch(() => undefined))).then(
    async () => {
      const failures = new Map<Step, unknown>();
      for (const { request, step } of missing) {
        if (loadedModule(request) === undefined)
          await importModule(request).catch((error: unknown) => failures.set(step, loadFailure(step, error)));
      }
      return build(packed, failures);
    },
  );
}

/** Makes a packed value now; modules that are not here are loaded by `require`. */
export function decodeSync(packed: Packed): unknown {
  const failures = new Map<Step, unknown>();
  for (const { request, step } of missingModules(packed)) {
    try {
      requireModule(request);
    } catch (error) {
      failures.set(step, loadFailure(step, error));
    }
  }
  return build(packed, failures);
}

interface Missing {
  readonly request: ModuleRequest;
  readonly step: Step;
}

function loadFailure(step: Step, error: unknown): unknown {
  if (step.op === "reference") return whileLoading(error, step.address.url, step.address.path.join("."));
  return step.op === "import" ? whileLoading(error, step.specifier, step.name) : error;
}

function missingModules(packed: Packed): Missing[] {
  const missing: Missing[] = [];
  for (const step of packed.steps) {
    if (step.op === "reference" && !isLoaded(step.address))
      missing.push({ request: requestFor(step.address), step });
    if (step.op === "import" && loadedModule(step) === undefined) missing.push({ request: step, step });
  }
  return missing;
}

function build(packed: Packed, failures?: ReadonlyMap<Step, unknown>): unknown {
  const values: Values = [];
  for (const step of packed.steps) {
    const failure = failures?.get(step);
    if (failure !== undefined && "to" in step) values[step.to] = new Unavailable(failure);
    else perform(step, values);
  }
  return packed.root[0];
}

function take(values: Values, index: number): unknown {
  const value = values[index];
  if (value instanceof Unavailable) throw value.reason;
  return value;
}

function perform(step: Step, values: Values): void {
  switch (step.op) {
    case "put":
      setKey(step.into, step.key, take(values, step.from));
      return;
    case "symbol":
      values[step.to] = step.known
        ? (Symbol as unknown as Record<string, symbol>)[step.key]
        : Symbol.for(step.key);
      return;
    case "reference":
      values[step.to] = attempt(() => resolveExport(step.address));
      return;
    case "import":
      values[step.to] = importedValue(loadedModule(step)!, step);
      return;
    case "require":
      values[step.to] = requireFrom(step.parent);
      return;
    case "importer":
      values[step.to] = importer(step.parent);
      return;
    case "meta":
      values[step.to] = importMeta(step.parent);
      return;
    case "builtin":
      values[step.to] = step.path.reduce<unknown>(
        (from, name) => (from as Record<string, unknown>)[name],
        globalThis,
      );
      return;
    case "define":
      values[step.to] = defineOnce(step);
      return;
    case "capture": {
      const made = take(values, step.of) as Function;
      // A class that is known here keeps the state that it has here.
      if (!capture(made, step.callTime)) return;
      if (step.own !== undefined) assign(made, step.own);
      return;
    }
    case "instance":
      values[step.to] = allocate(step, step.of < 0 ? undefined : (take(values, step.of) as Function));
      return;
    case "fields":
      if (typeof step.fields["stack"] === "string") step.fields["stack"] = mappedStack(step.fields["stack"]);
      assign(take(values, step.of) as object, step.fields, step.hidden);
      if (step.symbols !== undefined) assignSymbols(take(values, step.of) as object, step.symbols);
      return;
    case "entries":
      fill(typeof step.of === "number" ? take(values, step.of) : step.of, step.entries);
      return;
    case "revive":
      values[step.to] = reviveWith(take(values, step.of) as Function, step.state[0]);
      return;
    case "error": {
      const found = step.of < 0 ? undefined : values[step.of];
      values[step.to] = makeError(step, typeof found === "function" ? found : undefined);
      return;
    }
    case "buffer":
      values[step.to] = bufferOn(step.bytes);
      return;
    case "view": {
      const buffer = take(values, step.of) as ArrayBuffer;
      values[step.to] = viewOn(step.name, buffer, step.offset, step.length);
      return;
    }
    case "unavailable":
      values[step.to] = new Unavailable(step.reason);
      return;
    case "url":
      values[step.to] = step.query ? new URLSearchParams(step.text) : new URL(step.text);
      return;
  }
}

/** A class is defined once per thread, so that the instances of all messages have the same. */
function defineOnce(step: Step & { op: "define" }): Function {
  if (step.token === undefined) return define(step.shape, step.definitionTime);
  const known = originalOf(step.token);
  if (known !== undefined) return known;
  const made = define(step.shape, step.definitionTime, step.token);
  rememberAs(made, step.token);
  return made;
}

function attempt(get: () => unknown): unknown {
  try {
    return get();
  } catch (error) {
    return new Unavailable(error);
  }
}

function importedValue(namespace: Record<string, unknown>, step: Step & { op: "import" }): unknown {
  if (step.name === "*") return namespace;
  // `require` of a CommonJS module, as the synchronous way has it, is what an import calls its default.
  const value = step.name in namespace || step.name !== "default" ? namespace[step.name] : namespace;
  return value;
}

/** Defines rather than assigns: a setter of the class must not run. */
function assign(target: object, fields: Record<string, unknown>, hidden?: readonly string[]): void {
  // A set: both lists are the sender's, and may be long.
  const hiddenKeys = hidden && new Set(hidden);
  for (const key of Object.keys(fields)) {
    const enumerable = hiddenKeys === undefined || !hiddenKeys.has(key);
    Object.defineProperty(target, key, {
      value: fields[key],
      enumerable,
      configurable: true,
      writable: true,
    });
  }
}

function assignSymbols(target: object, symbols: readonly unknown[]): void {
  for (let i = 0; i < symbols.length; i += 2) {
    const key = symbols[i];
    // What ends here as well is a list of four thousand million holes.
    if (typeof key !== "symbol") throw malformed("a field whose key is not a symbol");
    Object.defineProperty(target, key, {
      value: symbols[i + 1],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

function allocate(step: Step & { op: "instance" }, Class: Function | undefined): object {
  if (Class === undefined) return Object.create(null) as object;
  const [base, args] = baseOf(step);
  return base === Object
    ? (Object.create((Class as { prototype: object }).prototype) as object)
    : (Reflect.construct(base, args, Class) as object);
}

function baseOf(step: Step & { op: "instance" }): [Function, unknown[]] {
  switch (step.base) {
    case "object":
      return [Object, []];
    case "array":
      return [Array, []];
    case "map":
      return [Map, []];
    case "set":
      return [Set, []];
    case "date":
      return [Date, [step.from]];
    case "regexp":
      return [RegExp, [step.from]];
    case "typed": {
      const view = step.from as Uint8Array;
      // By what the view is, not by the `constructor` that it says it has.
      const View = viewClass(view);
      return [View, [view.buffer, view.byteOffset, view.byteLength / View.BYTES_PER_ELEMENT]];
    }
  }
}

/** A length that is only said would be allocated. */
function bufferOn(bytes: Uint8Array): Buffer {
  if (!ArrayBuffer.isView(bytes)) throw malformed("a buffer without bytes");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function reviveWith(Class: Function, state: unknown): unknown {
  const method = (Class as unknown as { [revive]?: (state: unknown) => unknown })[revive];
  if (typeof Class !== "function" || typeof method !== "function") {
    throw new SerializationError(
      `Expected the class ${Class.name} to have a static [revive](state) method beside its [reduce](). Add one.`,
    );
  }
  return method.call(Class, state);
}
