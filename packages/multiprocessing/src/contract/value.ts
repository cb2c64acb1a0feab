import { Acquirable } from "./acquirable.ts";
import { defineIndexAccess } from "./index-access.ts";
import type { Lock, RLock } from "./lock.ts";
import type { InputOf, Typecode, ValueOf } from "./typecodes.ts";

/** What has a lock beside it, and is acquired and released by that. */
abstract class WithLock extends Acquirable {
  /** The lock. */
  abstract getLock(): Lock | RLock;

  override acquire(timeout?: number): Promise<boolean> {
    return this.getLock().acquire(timeout);
  }

  override acquireSync(timeout?: number): boolean {
    return this.getLock().acquireSync(timeout);
  }

  override release(): Promise<void> {
    return this.getLock().release();
  }

  override releaseSync(): void {
    this.getLock().releaseSync();
  }

  override run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    return this.getLock().run(fn);
  }

  override runSync<R>(fn: () => R): R {
    return this.getLock().runSync(fn);
  }
}

/**
 * A number or character that workers share, with a lock (Python: `multiprocessing.Value`). Pass it to them as an argument.
 * One read or write is whole by itself and takes no lock (Python takes it each time); hold the lock for anything longer.
 *
 * @example
 * ```ts
 * const counter = new Value("i", 0);
 * await counter.run(() => { counter.value += 1; });
 * ```
 */
export abstract class Value<C extends Typecode = Typecode> extends WithLock {
  abstract readonly typecode: C;

  /** The value. One read or write is never seen half done; `value += 1` is two, and needs the lock. */
  abstract get value(): ValueOf<C>;

  /** Integers that are too large wrap around. @throws ArgumentTypeError for other values */
  abstract set value(value: InputOf<C>);
}

/**
 * Numbers or characters in a row that workers share, with a lock (Python: `multiprocessing.Array`; `Array` here as well).
 *
 * @example
 * ```ts
 * const squares = new mp.Array("i", 10);
 * squares[3] = 9;
 * ```
 */
export abstract class SharedArray<C extends Typecode = Typecode>
  extends WithLock
  implements Iterable<ValueOf<C>>
{
  /** As `get` and `set`. In a hot loop use these, which take nanoseconds in place of some hundred. @throws IndexError */
  [index: number]: ValueOf<C>;

  static {
    defineIndexAccess(SharedArray);
  }

  abstract readonly typecode: C;

  /** How many values there are. */
  abstract readonly length: number;

  /** The value at an index; negative ones count from the end. @throws IndexError */
  abstract get(index: number): ValueOf<C>;

  /** Writes the value at an index; integers that are too large wrap around. @throws IndexError */
  abstract set(index: number, value: InputOf<C>): void;

  /** A copy of a part, as `Array.prototype.slice` takes it (Python: `array[start:end]`). */
  abstract slice(start?: number, end?: number): ValueOf<C>[];

  /**
   * Overwrites a part (Python: `array[start:end] = values`).
   *
   * @throws ValueError when there are more or fewer values than places
   */
  abstract setSlice(start: number | undefined, end: number | undefined, values: Iterable<InputOf<C>>): void;

  /** The characters up to the first NUL, of an array of `c` or `u` (Python: `value` of a string array). */
  abstract get value(): string;

  /** Writes characters from the start, and a NUL after them if there is room. @throws ValueError when it is too long */
  abstract set value(text: string);

  abstract [Symbol.iterator](): IterableIterator<ValueOf<C>>;
}
