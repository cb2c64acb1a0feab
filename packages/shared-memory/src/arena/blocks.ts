import { SharedMemoryError } from "../errors.ts";
import { freeFileRange, pageBytes } from "../native/libc.ts";
import {
  blockBytesHigh,
  blockBytesLow,
  blockClass,
  blockHolds,
  blockNext,
  blockSerial,
  blockUnit,
  blockWords,
  freeHold,
  freeLists,
  holdBlock,
  holdMember,
  holdNext,
  holdPrevious,
  holdSerial,
  holdWords,
  type Layout,
  lastMember,
  memberHolds,
  nextUnit,
  sizes,
  unitBytes,
  usedBlockRecords,
  usedHolds,
} from "./layout.ts";
import type { Members } from "./members.ts";

/** A block as its holders know it. */
export interface Block {
  readonly block: number;
  /** Tells this use of the record from earlier and later ones. */
  readonly serial: number;
  /** Where it is, from the arena's start. */
  readonly offset: number;
  readonly bytes: number;
}

/** A hold: whose number and serial tell it from the others. */
export interface Hold {
  readonly hold: number;
  readonly serial: number;
}

const smallest = 6;
/** Blocks from this room on leave a part of the arena to smaller ones. */
const largeFrom = 24;
const largeShare = 7 / 8;
/** From this room on, what is freed goes back to the system; below, it is cleared when it is used again. */
const givenBackFrom = 16;

/**
 * The blocks of an arena, and who has them. Each block has a room of a power of two: what is not touched takes no memory.
 * It is free when nobody holds it: no thread, and no message that is under way. All of this is called inside the gate.
 */
export class Blocks {
  readonly #members: Members;
  readonly #words: Int32Array;
  readonly #layout: Layout;
  readonly #bytes: number;
  readonly #descriptor: number;

  constructor(members: Members, layout: Layout, bytes: number, descriptor: number) {
    this.#members = members;
    this.#words = members.words;
    this.#layout = layout;
    this.#bytes = bytes;
    this.#descriptor = descriptor;
  }

  /** Where new blocks begin in a new arena. */
  static prepare(words: Int32Array, layout: Layout): void {
    words[nextUnit] = layout.blocksFrom / unitBytes;
  }

  /** A block for nobody yet; `undefined` when the arena is full. What was there before is cleared by the caller. */
  allocate(bytes: number): (Block & { readonly isUsed: boolean }) | undefined {
    let wanted = smallest;
    while (2 ** wanted < bytes) wanted++;
    for (let size = wanted; size < sizes; size++) {
      const record = this.#words[freeLists + size] as number;
      if (record === 0) {
        if (size === wanted) {
          const fresh = this.#fresh(wanted, bytes);
          if (fresh !== undefined) return { ...fresh, isUsed: false };
        }
        continue;
      }
      this.#words[freeLists + size] = this.#block(record, blockNext);
      return { ...this.#begin(record, bytes), isUsed: size < givenBackFrom };
    }
    return undefined;
  }

  /** A block that somebody else told of; `undefined` when it was freed since, or never was. */
  find(block: number, serial: number): Block | undefined {
    const isRecord =
      Number.isInteger(block) && block > 0 && block <= (this.#words[usedBlockRecords] as number);
    if (!isRecord || (serial & 1) === 0 || this.#block(block, blockSerial) !== serial) return undefined;
    const bytes = (this.#block(block, blockBytesLow) >>> 0) + 2 ** 32 * this.#block(block, blockBytesHigh);
    return { block, serial, offset: unitBytes * (this.#block(block, blockUnit) >>> 0), bytes };
  }

  /** One hold more: of a member, or of a message (0). */
  hold(block: number, member: number): Hold {
    const words = this.#words;
    let hold = words[freeHold] as number;
    if (hold === 0) {
      hold = (words[usedHolds] as number) + 1;
      if (hold >= this.#layout.records) throw full("it is held in too many places");
      words[usedHolds] = hold;
    } else words[freeHold] = this.#hold(hold, holdNext);
    const serial = this.#hold(hold, holdSerial) + 1;
    this.#setHold(hold, holdSerial, serial);
    this.#setHold(hold, holdMember, member);
    // From here on it counts, should this process die now; see `rebuild`.
    this.#setHold(hold, holdBlock, block);
    this.#link(hold, block, member);
    return { hold, serial };
  }

  /** One hold less; without the last one the block is free. What is not a hold any more is left alone. */
  release({ hold, serial }: Hold): void {
    const isRecord = Number.isInteger(hold) && hold > 0 && hold <= (this.#words[usedHolds] as number);
    if (!isRecord || this.#hold(hold, holdSerial) !== serial) return;
    const block = this.#hold(hold, holdBlock);
    if (block === 0) return;
    this.#unlink(hold);
    this.#setHold(hold, holdBlock, 0);
    this.#enlist(hold);
    const left = this.#block(block, blockHolds) - 1;
    this.#setBlock(block, blockHolds, left);
    if (left === 0) this.#free(block);
  }

  /** Releases all that a member holds. */
  releaseAll(member: number): void {
    const head = this.#members.at(member) + memberHolds;
    for (let hold = this.#words[head] as number; hold !== 0; hold = this.#words[head] as number) {
      this.release({ hold, serial: this.#hold(hold, holdSerial) });
    }
  }

  /**
   * Makes the lists and counts again, after a process was killed in the middle of a change: from the records of holds, each of
   * which counts from one store on, and of blocks.
   */
  rebuild(): void {
    const words = this.#words;
    words[freeHold] = 0;
    words.fill(0, freeLists, freeLists + sizes);
    for (let member = 1; member <= (words[lastMember] as number); member++)
      words[this.#members.at(member) + memberHolds] = 0;
    const blocks = words[usedBlockRecords] as number;
    for (let block = 1; block <= blocks; block++) this.#setBlock(block, blockHolds, 0);
    for (let hold = 1; hold <= (words[usedHolds] as number); hold++) {
      const block = this.#hold(hold, holdBlock);
      if (block === 0) this.#enlist(hold);
      else this.#link(hold, block, this.#hold(hold, holdMember));
    }
    for (let block = 1; block <= blocks; block++) {
      const size = this.#block(block, blockClass);
      const end = (this.#block(block, blockUnit) >>> 0) + 2 ** size / unitBytes;
      words[nextUnit] = Math.max((words[nextUnit] as number) >>> 0, end);
      if ((this.#block(block, blockSerial) & 1) === 0) this.#offer(block, size);
      else if (this.#block(block, blockHolds) === 0) this.#free(block);
    }
  }

  #link(hold: number, block: number, member: number): void {
    this.#setHold(hold, holdPrevious, 0);
    this.#setHold(hold, holdNext, 0);
    this.#setBlock(block, blockHolds, this.#block(block, blockHolds) + 1);
    if (member === 0) return;
    const head = this.#members.at(member) + memberHolds;
    const first = this.#words[head] as number;
    this.#setHold(hold, holdNext, first);
    if (first !== 0) this.#setHold(first, holdPrevious, hold);
    this.#words[head] = hold;
  }

  #enlist(hold: number): void {
    this.#setHold(hold, holdNext, this.#words[freeHold] as number);
    this.#words[freeHold] = hold;
  }

  #unlink(hold: number): void {
    const member = this.#hold(hold, holdMember);
    if (member === 0) return;
    const before = this.#hold(hold, holdPrevious);
    const after = this.#hold(hold, holdNext);
    if (before === 0) this.#words[this.#members.at(member) + memberHolds] = after;
    else this.#setHold(before, holdNext, after);
    if (after !== 0) this.#setHold(after, holdPrevious, before);
  }

  #fresh(size: number, bytes: number): Block | undefined {
    const words = this.#words;
    const room = 2 ** size;
    const align = Math.min(room, pageBytes) / unitBytes;
    const unit = Math.ceil(((words[nextUnit] as number) >>> 0) / align) * align;
    const end = size >= largeFrom ? this.#bytes * largeShare : this.#bytes;
    if (unit * unitBytes + room > end) return undefined;
    const record = (words[usedBlockRecords] as number) + 1;
    if (record >= this.#layout.records) return undefined;
    this.#setBlock(record, blockClass, size);
    this.#setBlock(record, blockUnit, unit);
    words[usedBlockRecords] = record;
    words[nextUnit] = unit + room / unitBytes;
    return this.#begin(record, bytes);
  }

  #begin(record: number, bytes: number): Block {
    this.#setBlock(record, blockBytesLow, (bytes % 2 ** 32) | 0);
    this.#setBlock(record, blockBytesHigh, Math.floor(bytes / 2 ** 32));
    this.#setBlock(record, blockHolds, 0);
    const serial = (this.#block(record, blockSerial) + 1) | 1;
    this.#setBlock(record, blockSerial, serial);
    return { block: record, serial, offset: unitBytes * (this.#block(record, blockUnit) >>> 0), bytes };
  }

  #free(record: number): void {
    const size = this.#block(record, blockClass);
    // Before it counts as free: the next one to get it relies on zeros.
    if (size >= givenBackFrom) {
      freeFileRange(this.#descriptor, unitBytes * (this.#block(record, blockUnit) >>> 0), 2 ** size);
    }
    this.#setBlock(record, blockSerial, this.#block(record, blockSerial) + 1);
    this.#offer(record, size);
  }

  #offer(record: number, size: number): void {
    this.#setBlock(record, blockNext, this.#words[freeLists + size] as number);
    this.#words[freeLists + size] = record;
  }

  #block(block: number, field: number): number {
    return this.#words[this.#layout.blocks + block * blockWords + field] as number;
  }

  #setBlock(block: number, field: number, value: number): void {
    this.#words[this.#layout.blocks + block * blockWords + field] = value;
  }

  #hold(hold: number, field: number): number {
    return this.#words[this.#layout.holds + hold * holdWords + field] as number;
  }

  #setHold(hold: number, field: number, value: number): void {
    this.#words[this.#layout.holds + hold * holdWords + field] = value;
  }
}

/** There is no room in the arena. */
export function full(why: string): SharedMemoryError {
  return new SharedMemoryError(
    "ERR_SHARED_MEMORY_FULL",
    `The memory that processes share is full: ${why}. Release memory that is not needed any more.`,
  );
}
