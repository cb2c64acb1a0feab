import { type InputOf, type Typecode, type TypeInfo, typeInfo, type ValueOf } from "../contract/typecodes.ts";
import { defineTransfer } from "../transfer.ts";
import { newObjectsBackend } from "./memory/backends.ts";
import type { MemoryHandle } from "./memory/wait-backend.ts";

/** The usual advice where shared memory does not reach. */
export const memoryAlternatives = (name: string): string =>
  `getContext("spawn").${name}(), or a manager's ${name}(), whose proxies can be sent anywhere`;

interface RawValueState {
  readonly typecode: Typecode;
  readonly memory: MemoryHandle;
}

/** What is the same for a new one and one that was sent: only this package makes one from its memory. */
class RawValueMemory<C extends Typecode> {
  readonly typecode: C;
  /** The shared memory itself. */
  readonly buffer: MemoryHandle;
  readonly #info: TypeInfo;
  readonly #view: { [index: number]: number | bigint };

  constructor(typecode: C, memory: MemoryHandle) {
    this.typecode = typecode;
    this.buffer = memory;
    this.#info = typeInfo(typecode);
    this.#view = this.#info.view(memory);
  }

  /** The value. One read or write is never seen half done; `value += 1` is two, and needs a lock. */
  get value(): ValueOf<C> {
    return this.#info.decode(this.#view[0] as number) as ValueOf<C>;
  }

  /** Integers that are too large wrap around. Throws ArgumentTypeError for other values. */
  set value(value: InputOf<C>) {
    this.#view[0] = this.#info.encode(value);
  }
}

/**
 * One number or character in shared memory, without a lock (Python: `RawValue`).
 *
 * @example
 * ```ts
 * const progress = new RawValue("d", 0);
 * ```
 */
export class RawValue<C extends Typecode = Typecode> extends RawValueMemory<C> {
  /** @param initial - @default 0 */
  constructor(typecode: C, initial?: InputOf<C>) {
    super(typecode, newObjectsBackend().allocateBuffer(typeInfo(typecode).bytes));
    if (initial !== undefined) this.value = initial;
  }

  static {
    defineTransfer<RawValue, RawValueState>(RawValue, {
      module: import.meta.url,
      name: "RawValue",
      pack: ({ typecode, buffer }) => ({ typecode, memory: buffer }),
      unpack: ({ typecode, memory }) => rawValueOver(typecode, memory),
      alternatives: memoryAlternatives("Value"),
    });
  }
}

/** A raw value over memory that there is. */
export function rawValueOver<C extends Typecode>(typecode: C, memory: MemoryHandle): RawValue<C> {
  return Reflect.construct(RawValueMemory, [typecode, memory], RawValue) as RawValue<C>;
}
