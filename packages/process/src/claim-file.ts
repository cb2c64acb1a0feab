import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { keepTemporaryFolder, removeTemporaryFolder } from "./kept-folder.ts";
import { longestRecord } from "./results/log-layout.ts";
import type { ResultFile } from "./results/result-writer.ts";
import type { Place, ResultLog } from "./results/written-results.ts";
import {
  isWorkersState,
  PENDING,
  REVOKED,
  RUNNING,
  SENDING,
  SKIPPED,
  type Slots,
  slotCount,
  slotMask,
} from "./slots.ts";
import { temporaryRoots } from "./temporary-folder.ts";

/**
 * What stands for slots where no memory is shared: a file without a name, that survives whatever ends the process. For each slot it
 * has a record, written by the worker alone once a batch has the slot: the state of the call, 0 when it has not begun, the number that
 * it has returned, or a small result; and a byte, written by the pool alone: whether it wants the call back.
 *
 *     worker, before a call: writes its record, then reads the byte.    Not 0: it skips the call, and says so.
 *     pool, to take it back: writes the byte, then reads the record.    Not 0: it gives up.
 *
 * At most one of them has the call, as each writes before it reads: if the worker read 0, its record was there before the byte was.
 * Both may stand back; then the pool hears that the call was skipped, and queues it again. Neither can see half of what the other
 * has written, since what counts is one byte: of a state, too, only the lowest is ever other than 0.
 */
const headLength = 16;
export const recordLength: number = headLength + 64;
/** Where the bytes of the pool begin. */
export const bytesAt: number = slotCount * recordLength;
/** Where the log begins of results that are written down (`results/log-layout.ts`); a small one is in its call's record. */
const resultsAt = bytesAt + slotCount;

/** The worker's side. */
export class ClaimWriter implements ResultFile {
  readonly #file: number;
  readonly #slots: Slots;
  /** The records of the call before, and of the one that begins; a longer result reaches over both. */
  readonly record: Buffer = Buffer.from(new ArrayBuffer(headLength + longestRecord));
  readonly at: number = headLength;
  readonly room: number = recordLength - headLength;
  readonly #words: Int32Array = new Int32Array(this.record.buffer);
  readonly #numbers: Float64Array = new Float64Array(this.record.buffer);
  readonly #byte: Uint8Array = new Uint8Array(1);

  constructor(file: number, slots: Slots) {
    this.#file = file;
    this.#slots = slots;
  }

  /** Claims a call, and writes down how the one before it has ended. False when the pool has it, or neither: then it is skipped. */
  claim(base: number, index: number): boolean {
    const slot = (base + index) & slotMask;
    this.#slots.states[slot] = RUNNING;
    this.#fill(1, slot);
    if (index === 0) this.#write(1, 1, slot);
    else {
      this.#fill(0, (slot - 1) & slotMask);
      if (slot > 0) this.#write(0, 2, slot - 1);
      else {
        this.#write(0, 1, slotMask);
        this.#write(1, 1, 0);
      }
    }
    readSync(this.#file, this.#byte, 0, 1, bytesAt + slot);
    if (this.#byte[0] === 0) return true;
    this.#slots.states[slot] = SKIPPED;
    return false;
  }

  /** Writes down the state of the call that was claimed last. */
  note(base: number, index: number): void {
    const slot = (base + index) & slotMask;
    this.#fill(0, slot);
    this.#write(0, 1, slot);
  }

  put(length: number, at: number): boolean {
    try {
      return writeSync(this.#file, this.record, headLength, length, resultsAt + at) === length;
    } catch {
      return false;
    }
  }

  #fill(place: number, slot: number): void {
    this.#words[(place * recordLength) / 4] = this.#slots.states[slot] as number;
    this.#numbers[(place * recordLength) / 8 + 1] = this.#slots.numbers[slot] as number;
  }

  #write(place: number, count: number, slot: number): void {
    const length = count * recordLength;
    writeSync(this.#file, this.record, place * recordLength, length, slot * recordLength);
  }
}

/** Calls of a batch: those from index `from` up to `to`, whose slots begin at `base`. */
export interface CallRange {
  readonly base: number;
  readonly from: number;
  readonly to: number;
}

/** Made once, when the first process gets a batch: otherwise each batch would make some kilobytes of them. */
let zeros: Uint8Array | undefined;

/** The pool's side. It keeps what it knows in slots of its own; what it has taken back is REVOKED there, whatever the file says. */
export class ClaimReader implements ResultLog {
  readonly #file: number;
  readonly #slots: Slots;
  /** Where the pool has asked for a call, and the worker had begun. */
  readonly #refused: Uint8Array = new Uint8Array(slotCount);
  #open: boolean;
  // The records that were read last: results may lie in them.
  #lastRead: Records[] = [];

  /** @param file - negative where none could be opened. */
  constructor(file: number, slots: Slots) {
    this.#file = file;
    this.#slots = slots;
    this.#open = file >= 0;
  }

  logged(from: number, to: number): Place {
    const bytes = Buffer.alloc(to - from);
    readSync(this.#file, bytes, 0, bytes.length, resultsAt + from);
    return [bytes, 0, bytes.length];
  }

  beside(slot: number, length: number): Place | undefined {
    if (!(Number.isInteger(length) && length > 0 && length <= recordLength - headLength)) return undefined;
    const holds = (one: Records): boolean => slot >= one.slot && slot < one.slot + one.count;
    let records = this.#lastRead.find(holds);
    if (records === undefined) {
      if (!this.#open) return undefined;
      // Who got the result before it has looked at other calls.
      this.#lastRead = this.#read({ base: slot, from: 0, to: 1 });
      records = this.#lastRead[0] as Records;
    }
    const at = (slot - records.slot) * recordLength + headLength;
    return [records.bytes, at, at + length];
  }

  /** The worker is gone, and the file with it. */
  close(): void {
    this.#open = false;
  }

  /** Before calls are sent: nobody has claimed them, nobody wants them back. */
  lend(base: number, count: number): void {
    zeros ??= new Uint8Array(bytesAt);
    for (const { slot, length } of pieces({ base, from: 0, to: count })) {
      this.#refused.fill(0, slot, slot + length);
      if (!this.#open) continue;
      writeSync(this.#file, zeros, 0, length * recordLength, slot * recordLength);
      writeSync(this.#file, zeros, 0, length, bytesAt + slot);
    }
  }

  /** Takes back what has not begun of these calls, all at once. */
  takeBack(range: CallRange): void {
    if (!this.#open) return;
    for (const { slot, length } of pieces(range))
      writeSync(this.#file, new Uint8Array(length).fill(1), 0, undefined, bytesAt + slot);
    const { states } = this.#slots;
    for (const { slot, count, words } of this.#read(range)) {
      for (let at = 0; at < count; at++) {
        if (states[slot + at] !== PENDING) continue;
        const seen = words[(at * recordLength) / 4] as number;
        if (seen === 0 || seen === SKIPPED) states[slot + at] = REVOKED;
        else this.#refused[slot + at] = 1;
      }
    }
  }

  /** Whether the pool has asked for this call in vain: then the worker may have skipped it. */
  wasRefused(base: number, index: number): boolean {
    return this.#refused[(base + index) & slotMask] === 1;
  }

  /**
   * Brings the slots of some calls up to date. While the worker lives, it may be writing: then the result of a call is taken only
   * when the one after it had begun before its record was read.
   */
  refresh(range: CallRange, alive: boolean): void {
    if (!this.#open) return;
    const begun = alive ? this.#countBegun(range) : range.to - range.from;
    let place = 0;
    this.#lastRead = this.#read(range);
    for (const { slot, count, words, numbers } of this.#lastRead) {
      for (let at = 0; at < count; at++, place++) {
        const state = words[(at * recordLength) / 4] as number;
        const known = this.#slots.states[slot + at];
        // What was skipped has not begun.
        if (known === REVOKED || !isWorkersState(state)) continue;
        if (place < begun) {
          this.#slots.states[slot + at] = state;
          this.#slots.numbers[slot + at] = numbers[(at * recordLength) / 8 + 1] as number;
        } else this.#slots.states[slot + at] = state === SENDING ? SENDING : RUNNING;
      }
    }
  }

  /** How many calls are followed by one that has begun: a worker begins them in order. */
  #countBegun(range: CallRange): number {
    let begun = 0;
    for (const { count, words } of this.#read(range)) {
      for (let at = 0; at < count; at++, begun++)
        if (words[(at * recordLength) / 4] === 0) return Math.max(0, begun - 1);
    }
    return Math.max(0, begun - 1);
  }

  #read(range: CallRange): Records[] {
    return pieces(range).map(({ slot, length }) => {
      const bytes = Buffer.from(new ArrayBuffer(length * recordLength));
      readSync(this.#file, bytes, 0, bytes.length, slot * recordLength);
      const { buffer } = bytes;
      return { slot, count: length, bytes, words: new Int32Array(buffer), numbers: new Float64Array(buffer) };
    });
  }
}

/** The records of slots one after the other. */
interface Records {
  readonly slot: number;
  readonly count: number;
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly numbers: Float64Array;
}

/** The slots of some calls, which may wrap. */
function pieces({ base, from, to }: CallRange): { readonly slot: number; readonly length: number }[] {
  const slot = (base + from) & slotMask;
  const length = Math.min(to - from, slotCount - slot);
  const first = { slot, length };
  return length === to - from ? [first] : [first, { slot: 0, length: to - from - length }];
}

/**
 * A file that goes with its last descriptor; in memory where there is room, since a worker writes there before each call: that takes
 * 1.0 us, and 2.7 on a disk.
 */
export function openClaimFile(): number {
  const [first, ...others] = temporaryRoots().reverse();
  try {
    return openIn([first as string]);
  } catch (error) {
    if (others.length === 0) throw error;
    return openIn(others);
  }
}

function openIn(roots: readonly string[]): number {
  const folder = keepTemporaryFolder("A worker process", roots);
  try {
    const file = openSync(join(folder, "claim"), "w+");
    try {
      // So that it is known now whether there is room.
      writeSync(file, new Uint8Array(resultsAt));
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return file;
  } finally {
    removeTemporaryFolder(folder);
  }
}
