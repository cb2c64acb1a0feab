import { Buffer } from "node:buffer";
import { RETURNED_BESIDE, RETURNED_LOGGED, type Slots } from "../slots.ts";
import { halfLength, longestRecord, startOf } from "./log-layout.ts";
import { RecordWriter } from "./record-writer.ts";

// As it is when the worker starts: a task may replace it.
const { min } = Math;

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
