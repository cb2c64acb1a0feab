import { Buffer } from "node:buffer";
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";

/**
 * Which of several rows a process is at, in a file of a few bytes: it outlives the process, so that the row which ended it is
 * known. About a microsecond a row.
 */
export class Claim {
  readonly #file: number;
  readonly #row: Buffer = Buffer.alloc(4);

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  begin(row: number): void {
    this.#row.writeUInt32LE(row);
    writeSync(this.#file, this.#row, 0, 4, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The row that a process was at; undefined where it had begun none. The file is gone afterwards. */
export function takeClaim(path: string): number | undefined {
  try {
    const bytes = readFileSync(path);
    return bytes.length === 4 ? bytes.readUInt32LE(0) : undefined;
  } catch {
    return undefined;
  } finally {
    rmSync(path, { force: true });
  }
}
