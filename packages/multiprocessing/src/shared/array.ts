import type { Lock, RLock } from "../contract/lock.ts";
import { defineTransfer } from "../transfer.ts";
import type { MemoryHandle } from "./memory/wait-backend.ts";
import { RawArray } from "./raw-array.ts";
import { memoryAlternatives } from "./raw-value.ts";
import { chooseLock, type SharedOptions, Synchronized } from "./synchronized.ts";
import type { InputOf, Typecode, ValueOf, ViewOf } from "./typecodes.ts";

/** An array in shared memory with its lock. Made by `Array()`. */
export class SynchronizedArray<C extends Typecode = Typecode>
  extends Synchronized<RawArray<C>>
  implements Iterable<ValueOf<C>>
{
  constructor(object: RawArray<C>, lock: Lock | RLock) {
    super(object, lock);
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

  get typecode(): C {
    return this.getObj().typecode;
  }

  /** The shared memory itself. */
  get buffer(): MemoryHandle {
    return this.getObj().buffer;
  }

  /** The typed array over the memory, for speed: no checks, no copies, no lock. */
  get view(): ViewOf<C> {
    return this.getObj().view;
  }

  /** How many values there are. */
  get length(): number {
    return this.getObj().length;
  }

  /** The characters up to the first NUL, of an array of `c` or `u`. */
  get value(): string {
    return this.getObj().value;
  }

  /** Writes characters from the start. @throws ValueError when it is too long */
  set value(text: string) {
    this.getObj().value = text;
  }

  /** The value at an index; negative ones count from the end. @throws IndexError */
  get(index: number): ValueOf<C> {
    return this.getObj().get(index);
  }

  /** Writes the value at an index; integers that are too large wrap around. @throws IndexError */
  set(index: number, value: InputOf<C>): void {
    this.getObj().set(index, value);
  }

  /** A copy of a part, as `Array.prototype.slice` takes it. */
  slice(start?: number, end?: number): ValueOf<C>[] {
    return this.getObj().slice(start, end);
  }

  /** Overwrites a part. @throws ValueError when there are more or fewer values than places */
  setSlice(start: number | undefined, end: number | undefined, values: Iterable<InputOf<C>>): void {
    this.getObj().setSlice(start, end, values);
  }

  [Symbol.iterator](): IterableIterator<ValueOf<C>> {
    return this.getObj()[Symbol.iterator]();
  }
}

/** `Array` works with `new` and without. */
interface ArrayFactory {
  <C extends Typecode>(
    typecode: C,
    sizeOrInitial: number | Iterable<InputOf<C>>,
    options: SharedOptions & { lock: false },
  ): RawArray<C>;
  <C extends Typecode>(
    typecode: C,
    sizeOrInitial: number | Iterable<InputOf<C>>,
    options?: SharedOptions,
  ): SynchronizedArray<C>;
  new <C extends Typecode>(
    typecode: C,
    sizeOrInitial: number | Iterable<InputOf<C>>,
    options: SharedOptions & { lock: false },
  ): RawArray<C>;
  new <C extends Typecode>(
    typecode: C,
    sizeOrInitial: number | Iterable<InputOf<C>>,
    options?: SharedOptions,
  ): SynchronizedArray<C>;
}

/**
 * Numbers or characters in a row in shared memory, with a lock (Python: `multiprocessing.Array`; exported as `Array`).
 *
 * @example
 * ```ts
 * const squares = new mp.Array("i", 10);
 * squares.set(3, 9);
 * ```
 */
export const SharedArray: ArrayFactory = function sharedArray<C extends Typecode>(
  typecode: C,
  sizeOrInitial: number | Iterable<InputOf<C>>,
  options?: SharedOptions,
): RawArray<C> | SynchronizedArray<C> {
  const lock = chooseLock(options);
  const raw = new RawArray(typecode, sizeOrInitial);
  return lock === undefined ? raw : new SynchronizedArray(raw, lock);
} as unknown as ArrayFactory;
