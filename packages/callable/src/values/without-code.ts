import { types } from "node:util";
import { codeInResult, malformedResult } from "../errors.ts";
import {
  type Base,
  type FunctionShape,
  isPacked,
  isSerialized,
  type Packed,
  packedKey,
  type Step,
} from "../wire.ts";
import { originalOf } from "./originals.ts";

/**
 * What a worker has packed, without what would run in the receiver: nothing in it is evaluated, and no module but a file
 * of this machine is imported. A class that this side has sent by value is itself again. Whatever needs code that came
 * with the message fails with the name of the option that allows it.
 *
 * Each step is read once, into a step of our own: a worker that wants harm could send steps that change later ones.
 *
 * @returns other values as they are.
 * @throws Error for what no worker packs
 */
export function withoutCode(value: unknown): unknown {
  if (!isPacked(value)) return value;
  if (isSerialized(value)) throw malformedResult("it is in a form of arguments");
  const { root, steps } = value;
  if (!Array.isArray(root) || !Array.isArray(steps)) throw malformedResult("it has no steps");
  const copy: Packed = { [packedKey]: 1, root, steps: new Copier(steps).steps };
  return copy;
}

type Raw = Readonly<Record<string, unknown>>;

class Copier {
  readonly steps: Step[] = [];
  // What each number stands for: its step's kind decides what later steps may do with it.
  readonly #kinds: Map<number, Step["op"]> = new Map();
  // Classes that are here already: what they have captured stays as it is here.
  readonly #known: Set<number> = new Set();
  readonly #discarded: Set<unknown> = new Set();

  constructor(steps: readonly unknown[]) {
    for (const step of steps) this.#findDiscarded(record(step));
    for (const step of steps) this.#copy(record(step));
  }

  /** Variables of functions that are not made: they may hold anything, and nobody looks. */
  #findDiscarded(step: Raw): void {
    if (step["op"] === "define") this.#discarded.add(step["definitionTime"]);
    if (step["op"] === "capture") {
      this.#discarded.add(step["callTime"]);
      this.#discarded.add(step["own"]);
    }
  }

  #copy(step: Raw): void {
    const { op } = step;
    switch (op) {
      case "put":
        if (this.#discarded.has(step["into"])) return;
        this.#put(step);
        return;
      case "symbol":
        this.#add({ op, to: number(step["to"]), key: text(step["key"]), known: wellKnown(step) });
        return;
      case "reference":
        this.#reference(step);
        return;
      case "define":
        this.#define(step);
        return;
      case "capture":
        return;
      case "import":
      case "require":
      case "importer":
      case "meta":
        this.#refuse(step, `the ${op === "import" ? "module" : op} of a function`);
        return;
      case "builtin":
        this.#add({ op, to: number(step["to"]), path: path(step["path"]) });
        return;
      case "instance":
        this.#add({ op, to: number(step["to"]), of: this.#class(step["of"]), ...start(step) });
        return;
      case "fields":
        this.#fields(step);
        return;
      case "entries":
        this.#entries(step);
        return;
      case "revive":
        this.#add({ op, to: number(step["to"]), of: this.#class(step["of"], 0), state: list(step["state"]) });
        return;
      case "error": {
        const [kind, name, message] = [text(step["kind"]), text(step["name"]), text(step["message"])];
        this.#add({ op, to: number(step["to"]), of: this.#class(step["of"]), kind, name, message });
        return;
      }
      case "buffer":
        this.#add({ op, to: number(step["to"]), bytes: bytes(step["bytes"]) });
        return;
      case "view": {
        const [name, offset, length] = [text(step["name"]), number(step["offset"]), number(step["length"])];
        this.#add({ op, to: number(step["to"]), of: this.#made(step["of"]), name, offset, length });
        return;
      }
      case "url":
        this.#add({ op, to: number(step["to"]), text: text(step["text"]), query: step["query"] === true });
        return;
      default:
        throw malformedResult("it has a step of unknown kind");
    }
  }

  #put(step: Raw): void {
    const from = this.#made(step["from"]);
    // A builtin serves as a class. As a value it could be called by code that awaits or prints the value that holds it.
    if (this.#kinds.get(from) === "builtin") throw codeInResult("a builtin function");
    this.steps.push({ op: "put", into: container(step["into"]), key: key(step["key"]), from });
  }

  #add(step: Step & { readonly to: number }): void {
    if (this.#kinds.has(step.to)) throw malformedResult("it makes a value twice");
    this.#kinds.set(step.to, step.op);
    this.steps.push(step);
  }

  #refuse(step: Raw, what: string): void {
    this.#add({ op: "unavailable", to: number(step["to"]), reason: codeInResult(what) });
  }

  #reference(step: Raw): void {
    const address = record(step["address"]);
    const url = text(address["url"]);
    // The last is how modules of this library are known where a bundler has taken it into the program.
    if (!/^(file|node|concurrent-futures):/.test(url)) {
      this.#refuse(step, `the module ${url.slice(0, 40)}`);
      return;
    }
    const commonjs = address["commonjs"] === true ? { commonjs: true } : {};
    this.#add({
      op: "reference",
      to: number(step["to"]),
      address: { url, path: path(address["path"]), ...commonjs },
    });
  }

  #define(step: Raw): void {
    const { token } = step;
    const to = number(step["to"]);
    if (typeof token === "string" && originalOf(token) !== undefined) {
      this.#known.add(to);
      this.#add({ op: "define", to, shape: step["shape"] as FunctionShape, definitionTime: [], token });
      return;
    }
    const { kind, name } = record(step["shape"]);
    this.#refuse(
      step,
      `the ${kind === "class" ? "class" : "function"} ${name === "" ? "(anonymous)" : String(name)}`,
    );
  }

  #fields(step: Raw): void {
    const of = this.#made(step["of"]);
    const kind = this.#kinds.get(of);
    // Fields are put on what this message has made, and on nothing that was here before it.
    if (kind !== "instance" && kind !== "error")
      throw malformedResult("it has fields for a value that it has not created");
    const { hidden, symbols } = step;
    this.steps.push({
      op: "fields",
      of,
      fields: record(step["fields"]) as Record<string, unknown>,
      ...(hidden === undefined ? {} : { hidden: path(hidden) }),
      ...(symbols === undefined ? {} : { symbols: list(symbols) }),
    });
  }

  #entries(step: Raw): void {
    const { of } = step;
    const entries = list(step["entries"]);
    if (of instanceof Map || of instanceof Set) {
      this.steps.push({ op: "entries", of, entries });
      return;
    }
    if (typeof of === "object") {
      // A Map or Set of another realm: filled by the builtin methods, which take nothing else.
      this.steps.push({ op: "entries", of: of as Map<unknown, unknown>, entries });
      return;
    }
    if (this.#kinds.get(this.#made(of)) !== "instance")
      throw malformedResult("it fills a value that it has not created");
    this.steps.push({ op: "entries", of: this.#made(of), entries });
  }

  /** The number of a class: -1 for none, where that may be. */
  #class(value: unknown, least = -1): number {
    if (value === -1 && least === -1) return -1;
    const of = this.#made(value);
    const kind = this.#kinds.get(of);
    if (kind === "reference" || kind === "builtin" || kind === "unavailable" || this.#known.has(of))
      return of;
    throw malformedResult("it has an instance without a class");
  }

  #made(value: unknown): number {
    const made = number(value);
    if (!this.#kinds.has(made)) throw malformedResult("it refers to a value that it has not created");
    return made;
  }
}

function record(value: unknown): Raw {
  if (typeof value !== "object" || value === null) throw malformedResult("a part of it is missing");
  return value as Raw;
}

function number(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw malformedResult("a number in it is invalid");
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw malformedResult("a name in it is invalid");
}

/** One without holes: four thousand million of them come in twenty bytes, and would be gone through. */
function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw malformedResult("a list in it is invalid");
  for (let at = 0; at < value.length; at++)
    if (value[at] === undefined && !Object.hasOwn(value, at)) throw malformedResult("a list in it has holes");
  return value as unknown[];
}

function path(value: unknown): string[] {
  return list(value).map(text);
}

function key(value: unknown): string | number {
  return typeof value === "string" ? value : number(value);
}

function container(value: unknown): Record<string, unknown> | unknown[] {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw malformedResult("it puts a value nowhere");
}

function bytes(value: unknown): Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw malformedResult("its bytes are invalid");
}

function wellKnown(step: Raw): boolean {
  if (step["known"] !== true) return false;
  const name = text(step["key"]);
  if (typeof Object.getOwnPropertyDescriptor(Symbol, name)?.value === "symbol") return true;
  throw malformedResult("a symbol in it is invalid");
}

/** How an instance begins: the object that it starts from is of the kind that its base needs, and nothing else. */
function start({ base, from }: Raw): { readonly base: Base; readonly from?: unknown } {
  switch (base) {
    case "object":
    case "array":
    case "map":
    case "set":
      return { base };
    case "date":
      if (types.isDate(from)) return { base, from };
      break;
    case "regexp":
      if (types.isRegExp(from)) return { base, from };
      break;
    case "typed":
      if (types.isTypedArray(from)) return { base, from };
      break;
  }
  throw malformedResult("it has an instance of unknown kind");
}
