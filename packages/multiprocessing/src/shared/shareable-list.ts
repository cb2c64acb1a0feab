import { Buffer } from "node:buffer";
import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { checkOptions, describeValue, isIterable } from "@concurrent-futures/core/options";
import { defineIndexAccess } from "../contract/index-access.ts";
import { IndexError } from "../errors.ts";
import { defineTransfer } from "../transfer.ts";
import { SharedMemory } from "./shared-memory.ts";

/** What a `ShareableList` holds. */
export type Shareable = number | bigint | boolean | string | Uint8Array | null;

// Words per item, after one word with their number: kind, bytes in use, offset, bytes of room.
const itemWords = 4;
const kinds = ["null", "number", "bigint", "boolean", "string", "bytes"] as const;
type Kind = (typeof kinds)[number];

/**
 * A list of fixed length in shared memory (Python: `shared_memory.ShareableList`). Strings and bytes have the room
 * that they had at first, rounded up to eight bytes. Python strips NUL bytes at their end; here they stay.
 *
 * @example
 * ```ts
 * const list = new ShareableList(["hello", 1.5, null]);
 * list[1] = 2;
 * ```
 */
export class ShareableList implements Iterable<Shareable> {
  /** As `get` and `set`. @throws IndexError; ValueError when a string or bytes need more room than there is */
  [index: number]: Shareable;

  /** The memory that it lies in: close() and unlink() it when done. */
  readonly shm: SharedMemory;

  /**
   * @param sequence - the items of a new list. Without it, the list of that name is opened.
   * @param options - `name`: of the memory. @default a new one
   */
  constructor(sequence?: Iterable<Shareable>, options: { readonly name?: string } = {}) {
    checkOptions("options", options, ["name"]);
    if (sequence === undefined) {
      this.shm = new SharedMemory({ name: options.name });
      return;
    }
    if (!isIterable(sequence))
      throw new ArgumentTypeError(`Expected \`sequence\` to be iterable, got ${describeValue(sequence)}.`);
    const items = [...sequence].map((item) => encode(item));
    const header = 8 * Math.ceil((4 + items.length * itemWords * 4) / 8);
    const size = items.reduce((sum, { bytes }) => sum + roomFor(bytes), header);
    this.shm = new SharedMemory({ name: options.name, create: true, size });
    const words = wordsOf(this.shm, 1 + items.length * itemWords);
    words[0] = items.length;
    let offset = header;
    for (const [index, { kind, bytes }] of items.entries()) {
      const room = roomFor(bytes);
      words.set([kind, bytes.length, offset, room], 1 + index * itemWords);
      bytesOf(this.shm).set(bytes, offset);
      offset += room;
    }
  }

  static {
    defineIndexAccess(ShareableList);
    defineTransfer<ShareableList, SharedMemory>(ShareableList, {
      module: import.meta.url,
      name: "ShareableList",
      pack: (list) => list.shm,
      unpack: (shm) => Object.assign(Object.create(ShareableList.prototype), { shm }) as ShareableList,
      alternatives: "a manager's list(), whose proxies can be sent anywhere",
    });
  }

  /** How many items there are. */
  get length(): number {
    return wordsOf(this.shm, 1)[0] as number;
  }

  /** The item at an index; negative ones count from the end. @throws IndexError */
  get(index: number): Shareable {
    const [kind = 0, length = 0, offset = 0] = itemOf(this, index);
    return decode(kinds[kind] as Kind, bytesOf(this.shm).slice(offset, offset + length));
  }

  /**
   * Replaces the item at an index.
   *
   * @throws IndexError; ValueError when a string or bytes need more room than there is.
   */
  set(index: number, value: Shareable): void {
    const item = itemOf(this, index);
    const { kind, bytes } = encode(value);
    const [, , offset = 0, room = 0] = item;
    if (bytes.length > room) {
      throw new ValueError(
        `bytes/str item exceeds available storage: it has ${bytes.length} bytes, there is room for ${room}.`,
      );
    }
    bytesOf(this.shm).set(bytes, offset);
    item[0] = kind;
    item[1] = bytes.length;
  }

  /** How often a value is in the list. */
  count(value: Shareable): number {
    return [...this].filter((item) => isSame(item, value)).length;
  }

  /** Where a value first is. @throws ValueError when it is not in the list */
  index(value: Shareable): number {
    const index = [...this].findIndex((item) => isSame(item, value));
    if (index < 0) throw new ValueError(`${describeValue(value)} is not in this list.`);
    return index;
  }

  *[Symbol.iterator](): IterableIterator<Shareable> {
    for (let index = 0; index < this.length; index++) yield this.get(index);
  }

  toString(): string {
    return `ShareableList([${[...this].map(String).join(", ")}], name=${this.shm.name})`;
  }
}

/** Its words in the head of the list. */
function itemOf({ length, shm }: ShareableList, index: number): Int32Array {
  const at = index < 0 ? index + length : index;
  if (!Number.isInteger(at) || at < 0 || at >= length)
    throw new IndexError(`index out of range: ${index} of ${length} items.`);
  return wordsOf(shm, 1 + length * itemWords).subarray(1 + at * itemWords, 1 + (at + 1) * itemWords);
}

function bytesOf({ buf }: SharedMemory): Uint8Array {
  if (buf === null) throw new ValueError("The memory of this list is closed. Use it before shm.close().");
  return buf;
}

function wordsOf(shm: SharedMemory, count: number): Int32Array {
  const bytes = bytesOf(shm);
  return new Int32Array(bytes.buffer, bytes.byteOffset, count);
}

interface Encoded {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

function encode(value: unknown): Encoded {
  const as = (kind: Kind, bytes: Uint8Array): Encoded => ({ kind: kinds.indexOf(kind), bytes });
  const bytes = Buffer.alloc(8);
  switch (typeof value) {
    case "number":
      bytes.writeDoubleLE(value);
      return as("number", bytes);
    case "bigint":
      bytes.writeBigInt64LE(BigInt.asIntN(64, value));
      return as("bigint", bytes);
    case "boolean":
      bytes[0] = value ? 1 : 0;
      return as("boolean", bytes);
    case "string":
      return as("string", Buffer.from(value));
    default:
      if (value === null) return as("null", bytes);
      if (ArrayBuffer.isView(value)) {
        return as("bytes", new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice());
      }
      throw new ArgumentTypeError(
        `Expected a number, bigint, boolean, string, Uint8Array or null, got ${describeValue(value)}.`,
      );
  }
}

function decode(kind: Kind, bytes: Uint8Array): Shareable {
  // Text decoders refuse shared memory, so these are copies.
  const buffer = Buffer.from(bytes);
  switch (kind) {
    case "number":
      return buffer.readDoubleLE();
    case "bigint":
      return buffer.readBigInt64LE();
    case "boolean":
      return buffer[0] === 1;
    case "string":
      return buffer.toString();
    case "bytes":
      return new Uint8Array(buffer);
    default:
      return null;
  }
}

function roomFor(bytes: Uint8Array): number {
  return Math.max(8, 8 * Math.ceil(bytes.length / 8));
}

function isSame(a: Shareable, b: Shareable): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return Buffer.compare(a, b) === 0;
}
