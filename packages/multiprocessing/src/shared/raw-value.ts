import { defineTransfer } from "../transfer.ts";
import { newObjectsBackend } from "./memory/backends.ts";
import type { MemoryHandle } from "./memory/wait-backend.ts";
import { type InputOf, type Typecode, type TypeInfo, typeInfo, type ValueOf } from "./typecodes.ts";

/** The usual advice where shared memory does not reach. */
export const memoryAlternatives = (name: string): string =>
  `getContext("spawn").${name}(), or a manager's ${name}(), whose proxies go everywhere`;

interface RawValueState {
  readonly typecode: Typecode;
  readonly memory: MemoryHandle;
}

/**
 * One number or character in shared memory, without a lock (Python: `RawValue`).
 *
 * @example
 * ```ts
 * const progress = new RawValue("d", 0);
 * ```
 */
export class RawValue<C extends Typecode = Typecode> {
  readonly typecode: C;
  /** The shared memory itself. */
  readonly buffer: MemoryHandle;
  readonly #info: TypeInfo;
  readonly #view: { [index: number]: number | bigint };

  /** @param initial - @default 0 */
  constructor(typecode: C, initial?: InputOf<C>, memory?: MemoryHandle) {
    this.typecode = typecode;
    this.#info = typeInfo(typecode);
    this.buffer = memory ?? newObjectsBackend().allocateBuffer(this.#info.bytes);
    this.#view = this.#info.view(this.buffer);
    if (initial !== undefined) this.value = initial as never;
  }

  static {
    defineTransfer<RawValue, RawValueState>(RawValue, {
      module: import.meta.url,
      name: "RawValue",
      pack: ({ typecode, buffer }) => ({ typecode, memory: buffer }),
      unpack: ({ typecode, memory }) => new RawValue(typecode, undefined, memory),
      alternatives: memoryAlternatives("Value"),
    });
  }

  /** The value. One read or write is never seen half done; `value += 1` is two, and needs a lock. */
  get value(): ValueOf<C> {
    return this.#info.decode(this.#view[0] as number) as ValueOf<C>;
  }

  /** Integers that are too large wrap around. Throws ArgumentTypeError for what is no such value. */
  set value(value: InputOf<C>) {
    this.#view[0] = this.#info.encode(value);
  }
}
