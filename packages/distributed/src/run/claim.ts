import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync, writeSync } from "node:fs";

/** A place's bytes: the number of the run that has it, and the row that run is at. */
const recordLength = 8;

/** Where a run of rows notes how far it is: a place in the worker's file, and the number of the run that has it now. */
export interface ClaimPlace {
  readonly file: string;
  readonly place: number;
  readonly run: number;
}

let opened: { readonly path: string; readonly file: number } | undefined;
const record: Buffer = Buffer.alloc(recordLength);

/**
 * In a process of the pool: notes which of several rows it begins. What is written outlives the process, so that the row which ended
 * it is known. About a microsecond a row; the file stays open from one run to the next.
 */
export function claimsFor({ file, place, run }: ClaimPlace): (row: number) => void {
  if (opened?.path !== file) {
    if (opened !== undefined) closeSync(opened.file);
    opened = { path: file, file: openSync(file, "r+") };
  }
  const descriptor = opened.file;
  const at = place * recordLength;
  return (row) => {
    record.writeUInt32LE(run, 0);
    record.writeUInt32LE(row, 4);
    writeSync(descriptor, record, 0, recordLength, at);
  };
}

/** The places of a worker's runs, in one file. */
export class Claims {
  readonly #path: string;
  readonly #file: number;
  readonly #free: number[] = [];
  #places = 0;
  #runs = 0;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "w+");
  }

  /** A place for one run of rows, to be given back. */
  take(): ClaimPlace {
    this.#runs = (this.#runs % 0xffff_ffff) + 1;
    return { file: this.#path, place: this.#free.pop() ?? this.#places++, run: this.#runs };
  }

  /** The row that a process was at which has ended; undefined where it had begun none. */
  rowOf({ place, run }: ClaimPlace): number | undefined {
    const bytes = Buffer.alloc(recordLength);
    if (readSync(this.#file, bytes, 0, recordLength, place * recordLength) < recordLength) return undefined;
    return bytes.readUInt32LE(0) === run ? bytes.readUInt32LE(4) : undefined;
  }

  giveBack({ place }: ClaimPlace): void {
    this.#free.push(place);
  }

  close(): void {
    closeSync(this.#file);
  }
}
