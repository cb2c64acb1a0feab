import { Buffer } from "node:buffer";
import { OSError } from "../../errors.ts";
import type { RecordData } from "./record.ts";
import type { Region, WaitBackend } from "./wait-backend.ts";

/**
 * A growable ring buffer of records in shared memory. All of this is done with the gate held of a
 * `WaitQueue`, by one thread at a time. A record counts from the moment when the count is raised, the last store of
 * `push`; it is gone with the one store of `head`-and-count of `shift`: a thread that dies elsewhere loses nothing.
 *
 * A record: two words (length in bytes, kind), then the bytes, padded to eight.
 */
export class Ring {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #memory: Region;
  #bytes!: Buffer;
  #heads!: Int32Array;

  /**
   * @param words - where its four words are: head, tail, count, capacity in bytes.
   * @param at - the first of them.
   */
  constructor(words: Int32Array, at: number, memory: Region) {
    this.#words = words;
    this.#at = at;
    this.#memory = memory;
    this.#view();
    if (words[at + capacity] === 0) words[at + capacity] = Math.min(bytesAtFirst, memory.byteLength);
  }

  /** Memory for a new ring. */
  static allocate(backend: WaitBackend): Region {
    for (let most = largest; ; most /= 4) {
      try {
        return backend.allocate(bytesAtFirst, most);
      } catch (error) {
        // Where address space is limited, a smaller ring will do.
        if (most < 2 ** 22) throw error;
      }
    }
  }

  /** How many records there are. */
  get length(): number {
    return Atomics.load(this.#words, this.#at + count);
  }

  /** Makes sure that a record fits, before {@link push}. @throws OSError when the memory is used up */
  reserve(bytes: number): void {
    const need = headBytes + padded(bytes);
    const words = this.#words;
    const at = this.#at;
    // It is never quite full: both ends in one place mean that it is empty.
    while (this.#room() <= need) {
      const now = words[at + capacity] as number;
      const next = Math.max(2 * now, 2 ** Math.ceil(Math.log2(need + now + 1)));
      if (next > this.#memory.maxByteLength) {
        throw new OSError(
          `A queue or pipe holds at most ${this.#memory.maxByteLength} bytes: receive some items before you send more.`,
        );
      }
      this.#memory.grow(next);
      this.#view();
      const head = words[at + first] as number;
      const tail = words[at + last] as number;
      if (tail < head) {
        // What lay before the tail goes on behind the old end. A tail beyond the end says that a process died right here.
        this.#bytes.copyWithin(now, 0, tail);
        words[at + last] = now + tail;
      }
      words[at + capacity] = next;
    }
  }

  /** Adds a record for which there is room. */
  push({ kind, bytes }: RecordData): void {
    const words = this.#words;
    const at = this.#at;
    const size = words[at + capacity] as number;
    let tail = words[at + last] as number;
    this.#view();
    this.#heads[tail >> 2] = bytes.length;
    this.#heads[(tail >> 2) + 1] = kind;
    tail = (tail + headBytes) % size;
    const untilEnd = size - tail;
    if (bytes.length <= untilEnd) this.#bytes.set(bytes, tail);
    else {
      this.#bytes.set(bytes.subarray(0, untilEnd), tail);
      this.#bytes.set(bytes.subarray(untilEnd), 0);
    }
    words[at + last] = (tail + padded(bytes.length)) % size;
    Atomics.add(words, at + count, 1);
  }

  /** Takes the first record. There must be one. */
  shift(): RecordData {
    const words = this.#words;
    const at = this.#at;
    const size = words[at + capacity] as number;
    let head = words[at + first] as number;
    this.#view();
    const length = this.#heads[head >> 2] as number;
    const kind = this.#heads[(head >> 2) + 1] as number;
    head = (head + headBytes) % size;
    const untilEnd = size - head;
    const bytes = Buffer.allocUnsafe(length);
    this.#bytes.copy(bytes, 0, head, head + Math.min(length, untilEnd));
    if (length > untilEnd) this.#bytes.copy(bytes, untilEnd, 0, length - untilEnd);
    words[at + first] = (head + padded(length)) % size;
    Atomics.sub(words, at + count, 1);
    return { kind, bytes };
  }

  /** Counts the records again, after a process was killed between moving an end and changing the count. */
  recount(): void {
    const words = this.#words;
    const at = this.#at;
    this.#view();
    const tail = words[at + last] as number;
    // It was growing: all that the tail needs of the larger one is there.
    if (tail >= (words[at + capacity] as number)) words[at + capacity] = 2 * (words[at + capacity] as number);
    const size = words[at + capacity] as number;
    let head = words[at + first] as number;
    let left = (tail - head + size) % size;
    let records = 0;
    while (left > 0) {
      const room = headBytes + padded(Math.max(0, this.#heads[head >> 2] as number));
      head = (head + room) % size;
      left -= room;
      records++;
    }
    Atomics.store(words, at + count, records);
  }

  #room(): number {
    const words = this.#words;
    const size = words[this.#at + capacity] as number;
    if (this.length === 0) return size;
    const used = ((words[this.#at + last] as number) - (words[this.#at + first] as number) + size) % size;
    return used === 0 ? 0 : size - used;
  }

  /** Another thread may have grown the memory. */
  #view(): void {
    const { buffer, byteLength } = this.#memory;
    if (this.#heads !== undefined && this.#heads.byteLength === byteLength) return;
    this.#bytes = Buffer.from(buffer as ArrayBuffer, 0, byteLength);
    this.#heads = new Int32Array(buffer, 0, byteLength >> 2);
  }
}

/** The words of a ring. */
export const ringWords = 4;
const first = 0;
const last = 1;
const count = 2;
const capacity = 3;

const headBytes = 8;
const bytesAtFirst = 2 ** 14;
/** Only address space is reserved; what was used once stays in use. */
const largest = 2 ** 30;

function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}
