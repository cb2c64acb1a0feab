import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { checkInteger, describeValue, isIterable } from "@concurrent-futures/core/options";
import { defineIndexAccess } from "../contract/index-access.ts";
import {
  type AnyView,
  type InputOf,
  type Typecode,
  type TypeInfo,
  typeInfo,
  type ValueOf,
  type ViewOf,
} from "../contract/typecodes.ts";
import { IndexError } from "../errors.ts";
import { defineTransfer } from "../transfer.ts";
import { newObjectsBackend } from "./memory/backends.ts";
import type { MemoryHandle } from "./memory/wait-backend.ts";
import { memoryAlternatives } from "./raw-value.ts";

interface RawArrayState {
  readonly typecode: Typecode;
  readonly memory: MemoryHandle;
}

/** What is the same for a new one and one that was sent: only this package makes one from its memory. */
class RawArrayMemory<C extends Typecode> implements Iterable<ValueOf<C>> {
  /** As `get` and `set`. In a hot loop use `view`. @throws IndexError */
  [index: number]: ValueOf<C>;

  static {
    defineIndexAccess(RawArrayMemory);
  }

  readonly typecode: C;
  /** The shared memory itself. */
  readonly buffer: MemoryHandle;
  /** The typed array over the memory, for speed: no checks, no copies. */
  readonly view: ViewOf<C>;
  readonly #info: TypeInfo;
  readonly #view: AnyView;

  constructor(typecode: C, memory: MemoryHandle) {
    this.typecode = typecode;
    this.buffer = memory;
    this.#info = typeInfo(typecode);
    this.#view = this.#info.view(memory);
    this.view = this.#view as ViewOf<C>;
  }

  /** How many values there are. */
  get length(): number {
    return this.#view.length;
  }

  /** The value at an index; negative ones count from the end. @throws IndexError */
  get(index: number): ValueOf<C> {
    return this.#info.decode(this.#view[this.#check(index)] as number) as ValueOf<C>;
  }

  /** Writes the value at an index; integers that are too large wrap around. @throws IndexError */
  set(index: number, value: InputOf<C>): void {
    this.#view[this.#check(index)] = this.#info.encode(value);
  }

  /** A copy of a part, as `Array.prototype.slice` takes it (Python: `array[start:end]`). */
  slice(start?: number, end?: number): ValueOf<C>[] {
    return [...this].slice(start, end);
  }

  /**
   * Overwrites a part (Python: `array[start:end] = values`).
   *
   * @throws ValueError when there are more or fewer values than places.
   */
  setSlice(start: number | undefined, end: number | undefined, values: Iterable<InputOf<C>>): void {
    const places = Array.from({ length: this.length }, (_, index) => index).slice(start, end);
    const list = [...values];
    if (list.length !== places.length) {
      throw new ValueError(
        `Can only assign a sequence of the same size: expected ${places.length} values, got ${list.length}.`,
      );
    }
    const encoded = list.map((value) => this.#info.encode(value));
    for (const [at, place] of places.entries()) this.#view[place] = encoded[at] as number;
  }

  /** The characters up to the first NUL, of an array of `c` or `u` (Python: `value` of a string array). */
  get value(): string {
    this.#checkText();
    const text = [...this].join("");
    const end = text.indexOf("\u0000");
    return end < 0 ? text : text.slice(0, end);
  }

  /** Writes characters from the start, and a NUL after them if there is room. @throws ValueError when it is too long */
  set value(text: string) {
    this.#checkText();
    const list = [...text];
    if (list.length > this.length)
      throw new ValueError(`string too long: ${list.length} characters, room for ${this.length}.`);
    for (const [index, character] of list.entries()) this.#view[index] = this.#info.encode(character);
    if (list.length < this.length) this.#view[list.length] = 0;
  }

  *[Symbol.iterator](): IterableIterator<ValueOf<C>> {
    for (let index = 0; index < this.length; index++) {
      yield this.#info.decode(this.#view[index] as number) as ValueOf<C>;
    }
  }

  #check(index: number): number {
    if (typeof index !== "number" || !Number.isInteger(index)) {
      throw new ArgumentTypeError(`Expected \`index\` to be a whole number, got ${describeValue(index)}.`);
    }
    const at = index < 0 ? index + this.length : index;
    if (at >= 0 && at < this.length) return at;
    throw new IndexError(`invalid index: expected ${-this.length} to ${this.length - 1}, got ${index}.`);
  }

  #checkText(): void {
    if (this.typecode === "c" || this.typecode === "u") return;
    throw new ArgumentTypeError(
      `Only arrays of "c" and "u" have a string as value; this one is of "${this.typecode}".`,
    );
  }
}

/**
 * Numbers or characters in a row in shared memory, without a lock (Python: `RawArray`).
 *
 * @example
 * ```ts
 * const samples = new RawArray("d", 1000);
 * samples.view.fill(0.5);
 * ```
 */
export class RawArray<C extends Typecode = Typecode> extends RawArrayMemory<C> {
  /** @param sizeOrInitial - how many zeros, or the values. */
  constructor(typecode: C, sizeOrInitial: number | Iterable<InputOf<C>>) {
    const { bytes } = typeInfo(typecode);
    const initial = valuesOf<C>(sizeOrInitial);
    const length = typeof initial === "number" ? initial : initial.length;
    super(typecode, newObjectsBackend().allocateBuffer(length * bytes));
    if (typeof initial !== "number") this.setSlice(undefined, undefined, initial);
  }

  static {
    defineTransfer<RawArray, RawArrayState>(RawArray, {
      module: import.meta.url,
      name: "RawArray",
      pack: ({ typecode, buffer }) => ({ typecode, memory: buffer }),
      unpack: ({ typecode, memory }) => rawArrayOver(typecode, memory),
      alternatives: memoryAlternatives("Array"),
    });
  }
}

/** A raw array over memory that there is. */
export function rawArrayOver<C extends Typecode>(typecode: C, memory: MemoryHandle): RawArray<C> {
  return Reflect.construct(RawArrayMemory, [typecode, memory], RawArray) as RawArray<C>;
}

function valuesOf<C extends Typecode>(sizeOrInitial: unknown): number | InputOf<C>[] {
  if (typeof sizeOrInitial === "number") return checkInteger("size", sizeOrInitial, 0);
  if (isIterable(sizeOrInitial)) return [...sizeOrInitial] as InputOf<C>[];
  throw new ArgumentTypeError(`Expected a size or the initial values, got ${describeValue(sizeOrInitial)}.`);
}
