import { isDeepStrictEqual } from "node:util";
import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";
import type { InputOf, Typecode, ValueOf } from "../../contract/typecodes.ts";
import { IndexError } from "../../errors.ts";
import { KeyError } from "../../managers/key-error.ts";
import { RawArray } from "../../shared/raw-array.ts";
import { RawValue } from "../../shared/raw-value.ts";

/** What a dict starts from. */
export type DictEntries<K, V> = Iterable<readonly [K, V]> | { readonly [key: string]: V };

function entriesOf<K, V>(source: DictEntries<K, V>): Iterable<readonly [K, V]> {
  if (typeof source !== "object" || source === null) {
    throw new ArgumentTypeError(`Expected entries, a Map or an object, got ${describeValue(source)}.`);
  }
  return Symbol.iterator in source
    ? (source as Iterable<readonly [K, V]>)
    : (Object.entries(source) as unknown as [K, V][]);
}

/** Python's `dict`, in a server. */
export class DictObject<K = unknown, V = unknown> {
  readonly #map: Map<K, V>;

  constructor(entries: DictEntries<K, V> = []) {
    this.#map = new Map(entriesOf(entries));
  }

  get(key: K, fallback?: V): V | undefined {
    return this.#map.has(key) ? this.#map.get(key) : fallback;
  }
  set(key: K, value: V): void {
    this.#map.set(key, value);
  }
  has(key: K): boolean {
    return this.#map.has(key);
  }
  delete(key: K): boolean {
    return this.#map.delete(key);
  }
  clear(): void {
    this.#map.clear();
  }
  keys(): K[] {
    return [...this.#map.keys()];
  }
  values(): V[] {
    return [...this.#map.values()];
  }
  entries(): [K, V][] {
    return [...this.#map];
  }
  size(): number {
    return this.#map.size;
  }
  pop(key: K, ...fallback: [V?]): V | undefined {
    if (!this.#map.has(key)) {
      if (fallback.length > 0) return fallback[0];
      throw new KeyError(String(key));
    }
    const value = this.#map.get(key);
    this.#map.delete(key);
    return value;
  }
  popitem(): [K, V] {
    const last = [...this.#map].at(-1);
    if (last === undefined) throw new KeyError("popitem(): dictionary is empty");
    this.#map.delete(last[0]);
    return last;
  }
  setdefault(key: K, value: V): V {
    if (!this.#map.has(key)) this.#map.set(key, value);
    return this.#map.get(key) as V;
  }
  update(entries: DictEntries<K, V>): void {
    for (const [key, value] of entriesOf(entries)) this.#map.set(key, value);
  }
  /** The entries as a Map of the caller's own. */
  copy(): Map<K, V> {
    return new Map(this.#map);
  }
  /** Adds to a number in one step, which a `get` and a `set` are not. */
  incr(key: K, by: number = 1): number {
    const value = Number(this.#map.get(key) ?? 0) + by;
    this.#map.set(key, value as V);
    return value;
  }
  /** Sets it if it is what was expected, in one step; whether it was. */
  compareAndSet(key: K, expected: V | undefined, value: V): boolean {
    if (!isDeepStrictEqual(this.#map.get(key), expected)) return false;
    this.#map.set(key, value);
    return true;
  }
}

/** Python's `list`, in a server. Negative indexes count from the end. */
export class ListObject<T = unknown> {
  readonly #items: T[];

  constructor(items: Iterable<T> = []) {
    this.#items = [...items];
  }

  get(index: number): T {
    return this.#items[this.#at(index)] as T;
  }
  set(index: number, value: T): void {
    this.#items[this.#at(index)] = value;
  }
  append(value: T): void {
    this.#items.push(value);
  }
  extend(values: Iterable<T>): void {
    for (const value of values) this.#items.push(value);
  }
  insert(index: number, value: T): void {
    this.#items.splice(index, 0, value);
  }
  pop(index: number = -1): T {
    if (this.#items.length === 0) throw new IndexError("pop from empty list");
    return this.#items.splice(this.#at(index), 1)[0] as T;
  }
  remove(value: T): void {
    this.#items.splice(this.index(value), 1);
  }
  index(value: T): number {
    const found = this.#items.findIndex((item) => isDeepStrictEqual(item, value));
    if (found < 0) throw new ValueError(`${describeValue(value)} is not in list`);
    return found;
  }
  count(value: T): number {
    return this.#items.filter((item) => isDeepStrictEqual(item, value)).length;
  }
  reverse(): void {
    this.#items.reverse();
  }
  /** Numbers by size, as in Python; everything else as texts. */
  sort(): void {
    this.#items.sort((a, b) =>
      typeof a === "number" && typeof b === "number"
        ? a - b
        : String(a) < String(b)
          ? -1
          : String(a) > String(b)
            ? 1
            : 0,
    );
  }
  slice(start?: number, end?: number): T[] {
    return this.#items.slice(start, end);
  }
  delete(index: number): void {
    this.#items.splice(this.#at(index), 1);
  }
  clear(): void {
    this.#items.length = 0;
  }
  length(): number {
    return this.#items.length;
  }
  toArray(): T[] {
    return [...this.#items];
  }

  #at(index: number): number {
    const at = index < 0 ? this.#items.length + index : index;
    if (!Number.isInteger(at) || at < 0 || at >= this.#items.length) {
      throw new IndexError(`list index out of range: ${index} in a list of ${this.#items.length}.`);
    }
    return at;
  }
}

/** Python's `Namespace`, in a server. */
export class NamespaceObject {
  readonly #values: Map<string, unknown>;

  constructor(values: Readonly<Record<string, unknown>> = {}) {
    this.#values = new Map(Object.entries(values));
  }

  get(name: string): unknown {
    if (!this.#values.has(name)) throw new KeyError(`'Namespace' object has no attribute '${name}'`);
    return this.#values.get(name);
  }
  set(name: string, value: unknown): void {
    this.#values.set(name, value);
  }
  delete(name: string): void {
    if (!this.#values.delete(name)) throw new KeyError(`'Namespace' object has no attribute '${name}'`);
  }
  /** All that does not begin with an underscore. */
  toObject(): Record<string, unknown> {
    return Object.fromEntries([...this.#values].filter(([name]) => !name.startsWith("_")));
  }
}

/** Python's `Value`, in a server: it wraps around as the typecode says. */
export class ValueObject<C extends Typecode = Typecode> {
  readonly #raw: RawValue<C>;

  constructor(typecode: C, initial?: InputOf<C>) {
    this.#raw = initial === undefined ? new RawValue(typecode) : new RawValue(typecode, initial);
  }
  get(): ValueOf<C> {
    return this.#raw.value;
  }
  set(value: InputOf<C>): void {
    this.#raw.value = value;
  }
  /** Adds in one step, which a `get` and a `set` are not. */
  incr(by: number = 1): ValueOf<C> {
    const { value } = this.#raw;
    this.#raw.value = (typeof value === "bigint" ? value + BigInt(by) : Number(value) + by) as InputOf<C>;
    return this.#raw.value;
  }
}

/** Python's `Array`, in a server. */
export class ArrayObject<C extends Typecode = Typecode> {
  readonly #raw: RawArray<C>;

  constructor(typecode: C, sizeOrInitial: number | Iterable<InputOf<C>>) {
    this.#raw = new RawArray(typecode, sizeOrInitial);
  }
  get(index: number): ValueOf<C> {
    return this.#raw.get(index);
  }
  set(index: number, value: InputOf<C>): void {
    this.#raw.set(index, value);
  }
  length(): number {
    return this.#raw.length;
  }
  slice(start?: number, end?: number): ValueOf<C>[] {
    return [...this.#raw].slice(start, end) as ValueOf<C>[];
  }
  toArray(): ValueOf<C>[] {
    return [...this.#raw] as ValueOf<C>[];
  }
}
