import type { Lock, RLock } from "../contract/lock.ts";
import type { InputOf, Typecode, ValueOf } from "../contract/typecodes.ts";
import { Value } from "../contract/value.ts";
import { defineTransfer } from "../transfer.ts";
import { memoryAlternatives, RawValue } from "./raw-value.ts";
import { chooseLock, type SharedOptions } from "./shared-options.ts";

/** A `Value` in shared memory: a raw value with its lock. */
export class SynchronizedValue<C extends Typecode = Typecode> extends Value<C> {
  readonly #object: RawValue<C>;
  readonly #lock: Lock | RLock;

  constructor(object: RawValue<C>, lock: Lock | RLock) {
    super();
    this.#object = object;
    this.#lock = lock;
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

  /** What is guarded, without its lock. */
  getObj(): RawValue<C> {
    return this.#object;
  }

  override getLock(): Lock | RLock {
    return this.#lock;
  }

  override get typecode(): C {
    return this.#object.typecode;
  }

  override get value(): ValueOf<C> {
    return this.#object.value;
  }

  override set value(value: InputOf<C>) {
    this.#object.value = value;
  }
}

/** Makes it; without a lock, when the options say so. */
export function makeValue<C extends Typecode>(
  typecode: C,
  initial?: InputOf<C>,
  options?: SharedOptions,
): RawValue<C> | SynchronizedValue<C> {
  const lock = chooseLock(options);
  const raw = new RawValue(typecode, initial);
  return lock === undefined ? raw : new SynchronizedValue(raw, lock);
}
