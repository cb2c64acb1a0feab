import { openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
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
import { makeTemporaryFolder } from "./temporary-folder.ts";

/**
 * What stands for slots where no memory is shared: a file without a name, that survives whatever ends the process. For each slot it
 * has a record, written by the worker alone once a batch has the slot: the state of the call, 0 when it has not begun, and the
 * number that it has returned; and a byte, written by the pool alone: whether it wants the call back.
 *
 *     worker, before a call: writes its record, then reads the byte.    Not 0: it skips the call, and says so.
 *     pool, to take it back: writes the byte, then reads the record.    Not 0: it gives up.
 *
 * At most one of them has the call, as each writes before it reads: if the worker read 0, its record was there before the byte was.
 * Both may stand back; then the pool hears that the call was skipped, and queues it again. Neither can see half of what the other
 * has written, since what counts is one byte: of a state, too, only the lowest is ever other than 0.
 */
const recordLength = 16;
const bytesAt = slotCount * recordLength;

/** The worker's side. */
export class ClaimWriter {
  readonly #file: number;
  readonly #slots: Slots;
  readonly #bytes: Uint8Array = new Uint8Array(2 * recordLength);
  readonly #words: Int32Array = new Int32Array(this.#bytes.buffer);
  readonly #numbers: Float64Array = new Float64Array(this.#bytes.buffer);
  readonly #byte: Uint8Array = new Uint8Array(1);

  constructor(file: number, slots: Slots) {
    this.#file = file;
    this.#slots = slots;
  }

  /** Claims a call, and writes down how the one before it has ended. False when the pool has it, or neither: then it is skipped. */
  claim(base: number, index: number): boolean {
    const slot = (base + index) & slotMask;
    this.#slots.states[slot] = RUNNING;
    this.note(base, index);
    readSync(this.#file, this.#byte, 0, 1, bytesAt + slot);
    if (this.#byte[0] === 0) return true;
    this.#slots.states[slot] = SKIPPED;
    return false;
  }

  /** Writes down the states of a call and of the one before it. */
  note(base: number, index: number): void {
    const slot = (base + index) & slotMask;
    if (index === 0) this.#write(slot, 1);
    else if (slot > 0) this.#write(slot - 1, 2);
    else {
      this.#write(slotMask, 1);
      this.#write(0, 1);
    }
  }

  #write(slot: number, count: number): void {
    for (let at = 0; at < count; at++) {
      this.#words[at * 4] = this.#slots.states[slot + at] as number;
      this.#numbers[at * 2 + 1] = this.#slots.numbers[slot + at] as number;
    }
    writeSync(this.#file, this.#bytes, 0, count * recordLength, slot * recordLength);
  }
}

/** Calls of a batch: those from index `from` up to `to`, whose slots begin at `base`. */
export interface CallRange {
  readonly base: number;
  readonly from: number;
  readonly to: number;
}

/** The pool's side. It keeps what it knows in slots of its own; what it has taken back is REVOKED there, whatever the file says. */
export class ClaimReader {
  readonly #file: number;
  readonly #slots: Slots;
  /** Where the pool has asked for a call, and the worker had begun. */
  readonly #refused: Uint8Array = new Uint8Array(slotCount);
  #open: boolean;

  /** @param file - negative where none could be opened. */
  constructor(file: number, slots: Slots) {
    this.#file = file;
    this.#slots = slots;
    this.#open = file >= 0;
  }

  /** The worker is gone, and the file with it. */
  close(): void {
    this.#open = false;
  }

  /** Before calls are sent: nobody has claimed them, nobody wants them back. */
  lend(base: number, count: number): void {
    for (const { slot, length } of pieces({ base, from: 0, to: count })) {
      this.#refused.fill(0, slot, slot + length);
      if (!this.#open) continue;
      writeSync(this.#file, new Uint8Array(length * recordLength), 0, undefined, slot * recordLength);
      writeSync(this.#file, new Uint8Array(length), 0, undefined, bytesAt + slot);
    }
  }

  /** Takes back what has not begun of these calls, all at once. */
  takeBack(range: CallRange): void {
    if (!this.#open) return;
    for (const { slot, length } of pieces(range))
      writeSync(this.#file, new Uint8Array(length).fill(1), 0, undefined, bytesAt + slot);
    const { states } = this.#slots;
    for (const { slot, records } of this.#read(range)) {
      for (let at = 0; at * 4 < records.words.length; at++) {
        if (states[slot + at] !== PENDING) continue;
        const seen = records.words[at * 4] as number;
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
    for (const { slot, records } of this.#read(range)) {
      for (let at = 0; at * 4 < records.words.length; at++, place++) {
        const state = records.words[at * 4] as number;
        const known = this.#slots.states[slot + at];
        // What was skipped has not begun.
        if (known === REVOKED || !isWorkersState(state)) continue;
        if (place < begun) {
          this.#slots.states[slot + at] = state;
          this.#slots.numbers[slot + at] = records.numbers[at * 2 + 1] as number;
        } else this.#slots.states[slot + at] = state === SENDING ? SENDING : RUNNING;
      }
    }
  }

  /** How many calls are followed by one that has begun: a worker begins them in order. */
  #countBegun(range: CallRange): number {
    let begun = 0;
    for (const { records } of this.#read(range)) {
      for (let at = 0; at * 4 < records.words.length; at++, begun++)
        if (records.words[at * 4] === 0) return Math.max(0, begun - 1);
    }
    return Math.max(0, begun - 1);
  }

  *#read(range: CallRange): Generator<{ readonly slot: number; readonly records: Records }> {
    for (const { slot, length } of pieces(range)) {
      const bytes = new Uint8Array(length * recordLength);
      // What was never written is behind the end of the file.
      readSync(this.#file, bytes, 0, bytes.length, slot * recordLength);
      yield {
        slot,
        records: { words: new Int32Array(bytes.buffer), numbers: new Float64Array(bytes.buffer) },
      };
    }
  }
}

interface Records {
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

/** A file that goes with its last descriptor. */
export function openClaimFile(): number {
  const folder = makeTemporaryFolder("concurrent-futures-", "A worker process");
  try {
    return openSync(join(folder, "claim"), "w+");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
