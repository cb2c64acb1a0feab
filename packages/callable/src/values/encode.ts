import { types } from "node:util";
import { sharedInProcess, tooDeep, uncloneable } from "../errors.ts";
import { encodeError } from "../failures/encode-error.ts";
import { deepest } from "../nesting.ts";
import type { Medium } from "../symbols.ts";
import { type Container, type Packed, packedKey, type Step } from "../wire.ts";
import { copyLeaf, copyMemory } from "./copy-leaf.ts";
import { DeferredWrites } from "./deferred-writes.ts";
import { encodeFunction } from "./encode-function.ts";
import { encodeInstance, encodeReduced } from "./encode-instance.ts";
import { kindOf } from "./kinds.ts";
import { collectTransfer, type Moved } from "./move.ts";
import { setKey } from "./set-key.ts";
import { isSharedView, viewName } from "./shared-views.ts";
import type { FunctionSource, Role } from "./source.ts";
import type { ValuePath } from "./value-path.ts";
import { copyOfPart, showsPart } from "./view-copies.ts";
import { VisitedValues } from "./visited-values.ts";

/**
 * Writes a value down as a copy and steps (see wire.ts). One encoder per value: what it has seen it writes once, so
 * shared parts stay shared and cycles end.
 */
export class Encoder {
  readonly steps: Step[] = [];
  readonly path: ValuePath;
  readonly source: FunctionSource;
  readonly medium: Medium;
  /** Errors are reported with what can be had of them; everything else is all or nothing. */
  readonly lenient: boolean;
  /** Told of each captured value that is written. */
  readonly captured: ((value: unknown) => void) | undefined;
  readonly visited: VisitedValues = new VisitedValues();
  readonly deferred: DeferredWrites = new DeferredWrites();
  /** Classes of instances that were found fit to travel. */
  readonly checked: Set<Function> = new Set();
  readonly #transfer: object[];
  // What the medium would clone when the message is sent is copied now; without it, the message is sent at once.
  readonly #snapshot: boolean;
  readonly #asBytes: boolean;
  #moving = 0;

  constructor(options: {
    readonly source: FunctionSource;
    readonly medium: Medium;
    readonly transfer: object[];
    readonly path: ValuePath;
    readonly lenient?: boolean;
    readonly captured?: ((value: unknown) => void) | undefined;
    readonly snapshot?: boolean;
    /** Whether V8 is to write the copy down, and no message carries it. @default false */
    readonly asBytes?: boolean;
  }) {
    this.captured = options.captured;
    this.source = options.source;
    this.medium = options.medium;
    this.path = options.path;
    this.lenient = options.lenient ?? false;
    this.#transfer = options.transfer;
    this.#snapshot = options.snapshot ?? false;
    this.#asBytes = options.asBytes ?? false;
  }

  /** Writes the whole value. */
  encode(value: unknown, role: Role = "value"): Packed {
    const root: unknown[] = [];
    try {
      this.put(root, 0, value, role);
    } catch (error) {
      if (isOverflow(error)) throw uncloneable(this.path, tooDeep, error);
      throw error;
    }
    return { [packedKey]: 1, root, steps: this.steps };
  }

  /** Puts a value into a container of the copy, now or by a step. */
  put(into: Container, key: string | number, value: unknown, role: Role = "value"): void {
    if (!isSpecial(value)) {
      setKey(into, key, value);
      return;
    }
    if (this.path.depth > deepest) throw uncloneable(this.path, tooDeep);
    const copy = typeof value === "object" ? this.#copy(value) : undefined;
    setKey(into, key, copy);
    if (copy !== undefined) return;
    this.steps.push({ op: "put", into, key, from: this.number(value, role) });
  }

  /** The number of a value that is made by a step; writes the step when it is new. */
  number(value: object | symbol, role: Role = "value"): number {
    const known = this.visited.numberOf(value);
    if (known !== undefined) return known;
    if (this.visited.isUnfinished(value))
      throw uncloneable(this.path, "a cycle through a [reduce] state or a static field");
    if (typeof value === "symbol") return this.#symbol(value);
    if (typeof value === "function") return encodeFunction(this, value, role);
    if (isSharedView(value)) return this.#sharedView(value as ArrayBufferView);
    switch (kindOf(value)) {
      case "error":
        return encodeError(this, value as Error);
      case "reduced":
        return encodeReduced(this, value);
      case "url": {
        const to = this.visited.assign(value);
        this.steps.push({ op: "url", to, text: String(value), query: value instanceof URLSearchParams });
        return to;
      }
      case "buffer": {
        const to = this.visited.assign(value);
        const bytes = value as Uint8Array;
        if (this.#moving > 0) collectTransfer(bytes, this.#transfer);
        this.steps.push({
          op: "buffer",
          to,
          bytes: this.#isPart(bytes)
            ? new Uint8Array(bytes)
            : (this.own(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as Uint8Array),
        });
        return to;
      }
      default:
        return encodeInstance(this, value);
    }
  }

  /** Writes, or leaves no trace: gives what was thrown. */
  attempt(write: () => void): unknown {
    const steps = this.steps.length;
    const seen = this.visited.length;
    const depth = this.path.depth;
    const transfer = this.#transfer.length;
    try {
      write();
      return undefined;
    } catch (error) {
      this.steps.length = steps;
      this.path.depth = depth;
      this.#transfer.length = transfer;
      this.visited.length = seen;
      return error;
    }
  }

  /** Something without parts as it is now, unless it moves or is sent at once. Views of one memory stay so. */
  own(value: object): object {
    const memory = ArrayBuffer.isView(value) ? value.buffer : value;
    if (!this.#snapshot || this.#transfer.includes(memory)) return value;
    return copyLeaf(value, (buffer) => {
      const known = this.visited.copyOf(buffer) as ArrayBuffer | undefined;
      return known ?? this.visited.rememberCopy(buffer, copyMemory(buffer));
    });
  }

  /** Copies the own enumerable fields of an object. */
  fields(value: object, into: Record<string, unknown>): Record<string, unknown> {
    for (const key of Object.keys(value)) {
      this.path.enter(`.${key}`);
      this.put(into, key, (value as Record<string, unknown>)[key]);
      this.path.leave();
    }
    return into;
  }

  /** Copies the entries of a map or set into a list of parts. */
  entries(value: Map<unknown, unknown> | Set<unknown>): unknown[] {
    const list: unknown[] = [];
    const isMap = types.isMap(value);
    for (const [key, child] of value.entries()) {
      this.path.enter(isMap ? `.get(${keyName(key)})` : "{member}");
      this.put(list, list.length, key);
      if (isMap) this.put(list, list.length, child);
      this.path.leave();
    }
    return list;
  }

  #copy(value: object): unknown {
    const known = this.visited.copyOf(value);
    if (known !== undefined) return known;
    switch (kindOf(value)) {
      case "plain":
        return this.fields(value, this.visited.rememberCopy(value, {}));
      case "array":
        return this.#array(value as unknown[]);
      case "map":
      case "set": {
        const copy = this.visited.rememberCopy(value, types.isMap(value) ? new Map() : new Set());
        this.steps.push({ op: "entries", of: copy, entries: this.entries(value as Map<unknown, unknown>) });
        return copy;
      }
      case "leaf":
        if (isSharedView(value)) return undefined;
        if (this.#moving > 0) this.#move(value);
        if (this.medium !== "thread" && ArrayBuffer.isView(value)) this.#refuseShared(value.buffer);
        if (ArrayBuffer.isView(value) && this.#isPart(value))
          return this.visited.rememberCopy(value, copyOfPart(value));
        return this.visited.rememberCopy(value, this.own(value));
      case "shared":
        this.#refuseShared(value as SharedArrayBuffer);
        return this.visited.rememberCopy(value, value);
      case "host":
        if (this.medium !== "thread" || this.#asBytes) throw uncloneable(this.path, value);
        return this.visited.rememberCopy(value, value);
      case "port":
        if (this.medium !== "thread" || (this.#moving === 0 && !this.#transfer.includes(value)))
          throw uncloneable(this.path, value);
        collectTransfer(value, this.#transfer);
        return this.visited.rememberCopy(value, value);
      case "moved":
        return this.#moved(value as Moved);
      default:
        return undefined;
    }
  }

  #array(value: unknown[]): unknown[] {
    const copy = this.visited.rememberCopy(value, new Array<unknown>(value.length));
    for (const key of Object.keys(value)) {
      this.path.enter(`[${key}]`);
      this.put(copy, key, (value as unknown as Record<string, unknown>)[key]);
      this.path.leave();
    }
    return copy;
  }

  #moved(value: Moved): unknown {
    this.#moving++;
    try {
      const parts: unknown[] = [];
      this.put(parts, 0, value.value);
      // What needs a step is put here by it; a wrapper object would be one too many on the other side.
      const last = this.steps.at(-1);
      if (last?.op === "put" && last.into === parts) {
        this.steps.pop();
        this.visited.rememberNumber(value, last.from);
        return undefined;
      }
      return this.visited.rememberCopy(value, parts[0]);
    } finally {
      this.#moving--;
    }
  }

  /** Whether structured clone would take more along than the value shows. Between processes it is written byte by byte. */
  #isPart(view: ArrayBufferView): boolean {
    return this.medium === "thread" && showsPart(view);
  }

  #sharedView(value: ArrayBufferView): number {
    const { byteOffset: offset, byteLength } = value;
    const length = byteLength / ((value as Partial<Uint8Array>).BYTES_PER_ELEMENT ?? 1);
    const of = this.number(value.buffer);
    const to = this.visited.assign(value);
    this.steps.push({ op: "view", to, of, name: viewName(value), offset, length });
    return to;
  }

  #move(value: object): void {
    if (this.medium !== "thread") return;
    if (ArrayBuffer.isView(value) || types.isArrayBuffer(value)) collectTransfer(value, this.#transfer);
  }

  #refuseShared(buffer: unknown): void {
    if (this.medium !== "thread" && types.isSharedArrayBuffer(buffer)) throw sharedInProcess(this.path);
  }

  #symbol(value: symbol): number {
    const registered = Symbol.keyFor(value);
    const key = registered ?? wellKnownName(value);
    if (key === undefined) throw uncloneable(this.path, value);
    const to = this.visited.assign(value);
    this.steps.push({ op: "symbol", to, key, known: registered === undefined });
    return to;
  }
}

function isOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes("call stack");
}

function isSpecial(value: unknown): value is object | symbol {
  return typeof value === "object"
    ? value !== null
    : typeof value === "function" || typeof value === "symbol";
}

function keyName(key: unknown): string {
  return typeof key === "string" ? JSON.stringify(key) : String(typeof key === "object" ? "…" : key);
}

function wellKnownName(value: symbol): string | undefined {
  const name = value.description?.startsWith("Symbol.") ? value.description.slice(7) : undefined;
  return name !== undefined && (Symbol as unknown as Record<string, unknown>)[name] === value
    ? name
    : undefined;
}
