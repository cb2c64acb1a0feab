import type { Lock, RLock } from "../contract/lock.ts";
import type { InputOf, Typecode, ValueOf, ViewOf } from "../contract/typecodes.ts";
import { SharedArray } from "../contract/value.ts";
import { defineTransfer } from "../transfer.ts";
import type { MemoryHandle } from "./memory/wait-backend.ts";
import { RawArray } from "./raw-array.ts";
import { memoryAlternatives } from "./raw-value.ts";
import { chooseLock, type SharedOptions } from "./shared-options.ts";

/** An `Array` in shared memory: a raw array with its lock. */
export class SynchronizedArray<C extends Typecode = Typecode> extends SharedArray<C> {
  readonly #object: RawArray<C>;
  readonly #lock: Lock | RLock;

  constructor(object: RawArray<C>, lock: Lock | RLock) {
    super();
    this.#object = object;
    this.#lock = lock;
  }

  static {
    defineTransfer<SynchronizedArray, { object: RawArray; lock: Lock | RLock }>(SynchronizedArray, {
      module: import.meta.url,
      name: "SynchronizedArray",
      pack: (array) => ({ object: array.getObj(), lock: array.getLock() }),
      unpack: ({ object, lock }) => new SynchronizedArray(object, lock),
      alternatives: memoryAlternatives("Array"),
    });
  }

  /** What is guarded, without its lock. */
  getObj(): RawArray<C> {
    return this.#object;
  }

  override getLock(): Lock | RLock {
    return this.#lock;
  }

  override get typecode(): C {
    return this.#object.typecode;
  }

  /** The shared memory itself. */
  get buffer(): MemoryHandle {
    return this.#object.buffer;
  }

  /** The typed array over the memory, for speed: no checks, no copies, no lock. */
  get view(): ViewOf<C> {
    return this.#object.view;
  }

  override get length(): number {
    return this.#object.length;
  }

  override get value(): string {
    return this.#object.value;
  }

  override set value(text: string) {
    this.#object.value = text;
  }

  override get(index: number): ValueOf<C> {
    return this.#object.get(index);
  }

  override set(index: number, value: InputOf<C>): void {
    this.#object.set(index, value);
  }

  override slice(start?: number, end?: number): ValueOf<C>[] {
    return this.#object.slice(start, end);
  }

  override setSlice(start: number | undefined, end: number | undefined, values: Iterable<InputOf<C>>): void {
    this.#object.setSlice(start, end, values);
  }

  override [Symbol.iterator](): IterableIterator<ValueOf<C>> {
    return this.getObj()[Symbol.iterator]();
  }
}

/** Makes it; without a lock, when the options say so. */
export function makeArray<C extends Typecode>(
  typecode: C,
  sizeOrInitial: number | Iterable<InputOf<C>>,
  options?: SharedOptions,
): RawArray<C> | SynchronizedArray<C> {
  const lock = chooseLock(options);
  const raw = new RawArray(typecode, sizeOrInitial);
  return lock === undefined ? raw : new SynchronizedArray(raw, lock);
}
