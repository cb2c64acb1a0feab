import { Buffer } from "node:buffer";
import { RETURNED_BESIDE } from "../slots.ts";
import { halfLength, startOf } from "./log-layout.ts";
import { RecordReader } from "./record-reader.ts";

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
