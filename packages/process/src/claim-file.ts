import { openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isWorkersState, type Slots, slotMask } from "./slots.ts";
import { makeTemporaryFolder } from "./temporary-folder.ts";

/**
 * What a worker process says of its calls where no memory is shared: a file without a name, that survives whatever ends
 * the process. A record per call of the batch, at its index: the batch's number, the state of the slot, and the number that
 * the call has returned. The worker writes two neighbours at once: how one call has ended, and that the next begins.
 */
const recordLength = 16;

/** The worker's side. */
export class ClaimWriter {
  readonly #file: number;
  readonly #slots: Slots;
  readonly #bytes: Uint8Array = new Uint8Array(2 * recordLength);
  readonly #words: Int32Array = new Int32Array(this.#bytes.buffer);
  readonly #numbers: Float64Array = new Float64Array(this.#bytes.buffer);

  constructor(file: number, slots: Slots) {
    this.#file = file;
    this.#slots = slots;
  }

  /** Writes down the state of a call, and of the one before it. */
  write(batchId: number, base: number, index: number): void {
    const first = index > 0 ? index - 1 : 0;
    let length = 0;
    for (let at = first; at <= index; at++) {
      const slot = (base + at) & slotMask;
      this.#words[length / 4] = batchId + 1;
      this.#words[length / 4 + 1] = this.#slots.states[slot] as number;
      this.#numbers[length / 8 + 1] = this.#slots.numbers[slot] as number;
      length += recordLength;
    }
    writeSync(this.#file, this.#bytes, 0, length, first * recordLength);
  }
}

/** Calls of a batch: those from index `from` up to `to`, whose slots begin at `base`. */
export interface CallRange {
  readonly batchId: number;
  readonly base: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The pool's side: brings the slots of some calls up to date. While the worker lives, it may be writing: then a record is
 * taken only when the one after it had been begun before this one was read.
 */
export function readClaims(file: number, slots: Slots, range: CallRange, alive: boolean): void {
  const begun = alive ? countBegun(readRecords(file, range), range) : range.to - range.from;
  const records = readRecords(file, range);
  const { batchId, base, from } = range;
  for (let at = 0; at < Math.min(begun, records.count); at++) {
    const state = records.words[at * 4 + 1] as number;
    // A record of an earlier batch, or none that a worker writes: this call has not begun.
    if (records.words[at * 4] !== batchId + 1 || !isWorkersState(state)) continue;
    const slot = (base + from + at) & slotMask;
    slots.states[slot] = state;
    slots.numbers[slot] = records.numbers[at * 2 + 1] as number;
  }
}

interface Records {
  readonly count: number;
  readonly words: Int32Array;
  readonly numbers: Float64Array;
}

function readRecords(file: number, { from, to }: CallRange): Records {
  const bytes = new Uint8Array((to - from) * recordLength);
  const length = readSync(file, bytes, 0, bytes.length, from * recordLength);
  return {
    count: Math.floor(length / recordLength),
    words: new Int32Array(bytes.buffer),
    numbers: new Float64Array(bytes.buffer),
  };
}

/** How many calls are followed by one that has begun. */
function countBegun({ count, words }: Records, { batchId }: CallRange): number {
  let begun = 0;
  while (begun + 1 < count && words[(begun + 1) * 4] === batchId + 1) begun++;
  return begun;
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
