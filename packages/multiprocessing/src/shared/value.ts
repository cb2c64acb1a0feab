import type { Lock, RLock } from "../contract/lock.ts";
import { defineTransfer } from "../transfer.ts";
import { memoryAlternatives, RawValue } from "./raw-value.ts";
import { chooseLock, type SharedOptions, Synchronized } from "./synchronized.ts";
import type { InputOf, Typecode, ValueOf } from "./typecodes.ts";

/** A value in shared memory with its lock. Made by `Value()`. */
export class SynchronizedValue<C extends Typecode = Typecode> extends Synchronized<RawValue<C>> {
  constructor(object: RawValue<C>, lock: Lock | RLock) {
    super(object, lock);
  }

  static {
    defineTransfer<SynchronizedValue, { object: RawValue; lock: Lock | RLock }>(SynchronizedValue, {
      module: import.meta.url,
      name: "SynchronizedValue",
      pack: (value) => ({ object: value.getObj(), lock: value.getLock() }),
      unpack: ({ object, lock }) => new SynchronizedValue(object, lock),
      alternatives: memoryAlternatives("Value"),
    });
  }

  get typecode(): C {
    return this.getObj().typecode;
  }

  /** The value. One read or write is never seen half done; `value += 1` is two, and needs the lock. */
  get value(): ValueOf<C> {
    return this.getObj().value;
  }

  /** Integers that are too large wrap around. */
  set value(value: InputOf<C>) {
    this.getObj().value = value as never;
  }
}

/** `Value` works with `new` and without. */
interface ValueFactory {
  <C extends Typecode>(
    typecode: C,
    initial: InputOf<C> | undefined,
    options: SharedOptions & { lock: false },
  ): RawValue<C>;
  <C extends Typecode>(typecode: C, initial?: InputOf<C>, options?: SharedOptions): SynchronizedValue<C>;
  new <C extends Typecode>(
    typecode: C,
    initial: InputOf<C> | undefined,
    options: SharedOptions & { lock: false },
  ): RawValue<C>;
  new <C extends Typecode>(typecode: C, initial?: InputOf<C>, options?: SharedOptions): SynchronizedValue<C>;
}

/**
 * A number or character in shared memory, with a lock (Python: `multiprocessing.Value`). Pass it to worker threads as
 * an argument.
 *
 * @example
 * ```ts
 * const counter = new Value("i", 0);
 * await counter.run(() => { counter.value += 1; });
 * ```
 */
export const Value: ValueFactory = function Value<C extends Typecode>(
  typecode: C,
  initial?: InputOf<C>,
  options?: SharedOptions,
): RawValue<C> | SynchronizedValue<C> {
  const lock = chooseLock(options);
  const raw = new RawValue(typecode, initial);
  return lock === undefined ? raw : new SynchronizedValue(raw, lock);
} as unknown as ValueFactory;
