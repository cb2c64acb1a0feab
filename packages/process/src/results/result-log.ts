import { Buffer } from "node:buffer";
import { RETURNED_BESIDE, RETURNED_LOGGED, type Slots } from "../slots.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";

/**
 * Results that a worker writes down where they outlive it: a call that has returned has been heard, whatever the worker does next, and yet
 * no message is sent for each. A call's slot says that its result is there, and up to where it reaches.
 *
 * The log has two halves, for the batches with even and with odd numbers, each written from its beginning. A worker has two batches at
 * most, and gets the next when all that the first has written was read: when it begins a batch, what is in that half is of no use
 * any more. What does not fit goes as a message.
 */

// As it is when the worker starts: a task may replace it.
const { min } = Math;

/** Bytes of a half: a thousand results of 256 bytes. */
export const halfLength: number = 256 * 1024;

/** Bytes of one result. To send a larger one costs little more than to write it down. */
export const longestRecord: number = 16 * 1024;

/** Where a worker writes results down. */
export interface ResultWriter {
  /**
   * Writes down the result of a call of this batch.
   *
   * @returns the state that says where it is; undefined for one that is large or no plain data, or where there is no room.
   */
  write(batch: number, slot: number, value: unknown): number | undefined;
}

/** A worker's half of the log, and how much of it is written. */
class Half {
  /** Where the next result begins, in the log. */
  at = 0;
  #batch = -1;
  #end = 0;

  /** Whether this batch begins with it. */
  begins(batch: number): boolean {
    if (batch === this.#batch) return false;
    this.#batch = batch;
    this.at = startOf(batch);
    this.#end = this.at + halfLength;
    return true;
  }

  /** Up to where one result may reach. */
  get limit(): number {
    return min(this.at + longestRecord, this.#end);
  }

  /** Takes no more of this batch. */
  close(): void {
    this.#end = this.at;
  }
}

/** In memory that the pool sees as well. */
export class SharedResultWriter implements ResultWriter {
  readonly #slots: Slots;
  readonly #records: RecordWriter;
  readonly #half: Half = new Half();

  constructor(memory: SharedArrayBuffer, slots: Slots) {
    this.#slots = slots;
    this.#records = new RecordWriter(Buffer.from(memory), true);
  }

  write(batch: number, slot: number, value: unknown): number | undefined {
    const half = this.#half;
    if (half.begins(batch)) this.#records.begin();
    const end = this.#records.write(value, half.at, half.limit);
    if (end < 0) return undefined;
    half.at = end;
    this.#slots.numbers[slot] = end;
    return RETURNED_LOGGED;
  }
}

/** What a worker process has of the file in which it claims calls (`claim-file.ts`). */
export interface ResultFile {
  /** What is to become the record of the call that has returned last: a small result goes there, in the same breath. */
  readonly record: Buffer;
  /** Where in the record, and how many bytes may be there. */
  readonly at: number;
  readonly room: number;
  /** Writes these bytes of the record at this place of the log. False where there is no room. */
  put(length: number, at: number): boolean;
}

/** In a file. */
export class FileResultWriter implements ResultWriter {
  readonly #file: ResultFile;
  readonly #slots: Slots;
  readonly #records: RecordWriter;
  readonly #half: Half = new Half();

  constructor(file: ResultFile, slots: Slots) {
    this.#file = file;
    this.#slots = slots;
    // That a call's code has ended is not seen before it is written to the file: no getter of a result may run until then.
    this.#records = new RecordWriter(file.record, false);
  }

  write(batch: number, slot: number, value: unknown): number | undefined {
    const file = this.#file;
    const half = this.#half;
    if (half.begins(batch)) this.#records.begin();
    const most = half.limit - half.at;
    if (most === 0) return undefined;
    const length = this.#records.write(value, file.at, file.at + most) - file.at;
    if (length < 0) return undefined;
    if (length <= file.room) {
      this.#slots.numbers[slot] = length;
      return RETURNED_BESIDE;
    }
    if (!file.put(length, half.at)) {
      // Keys may have been named in it that the pool will never see.
      half.close();
      return undefined;
    }
    half.at += length;
    this.#slots.numbers[slot] = half.at;
    return RETURNED_LOGGED;
  }
}

/** Memory for the log of one thread. */
export function makeLogMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * halfLength);
}

/** Some bytes, and where they are. */
export type Place = readonly [buffer: Buffer, from: number, to: number];

/** What the pool sees of what a worker writes down. */
export interface ResultLog {
  /** What is in the log there. */
  logged(from: number, to: number): Place;
  /** What is beside the state of a call. */
  beside(slot: number, length: number): Place | undefined;
}

/** The log of a thread. */
export function sharedLog(memory: SharedArrayBuffer): ResultLog {
  const buffer = Buffer.from(memory);
  return { logged: (from, to) => [buffer, from, to], beside: () => undefined };
}

/** The results that a worker has written down of one batch, each to be read once and in order. */
export class WrittenResults {
  readonly #log: ResultLog;
  readonly #records: RecordReader = new RecordReader();
  #at: number;
  readonly #end: number;

  constructor(log: ResultLog, batch: number) {
    this.#log = log;
    this.#at = startOf(batch);
    this.#end = this.#at + halfLength;
  }

  /**
   * The result of a call.
   *
   * @param number - that beside its state.
   * @throws Error for what no worker writes
   */
  read(slot: number, state: number, number: number): unknown {
    const place = state === RETURNED_BESIDE ? this.#log.beside(slot, number) : this.#logged(number);
    if (place === undefined) throw new Error("The worker has written down a result where none can be");
    return this.#records.read(...place);
  }

  #logged(end: number): Place | undefined {
    if (!(Number.isInteger(end) && end > this.#at && end <= this.#end)) return undefined;
    const place = this.#log.logged(this.#at, end);
    this.#at = end;
    return place;
  }
}

function startOf(batch: number): number {
  return (batch & 1) * halfLength;
}
