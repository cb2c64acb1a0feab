import { stripVTControlCharacters } from "node:util";

/** A terminal as far as bars are concerned: what its user sees after all that was written to it. */
export class Terminal {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** All that was written. */
  written = "";
  // Lines that have been scrolled out stay above, as in a terminal with a memory.
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  write(chunk: string | Uint8Array): boolean {
    const text = String(chunk);
    this.written += text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal reads
    for (const [whole, count, command] of text.matchAll(/\u001B\[(\d*)([A-Za-z])|[\s\S]/gu)) {
      if (command === undefined) this.#put(whole);
      else this.#control(command, count === "" ? undefined : Number(count));
    }
    return true;
  }

  /** The lines on the screen and above it, without empty ones at the end. */
  get screen(): string[] {
    const lines = this.#lines.map((cells) => stripVTControlCharacters(cells.join("")).trimEnd());
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  get cursorAtLineStart(): boolean {
    return this.#column === 0 && (this.#lines[this.#row] ?? []).every((cell) => cell === " ");
  }

  #put(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#newLine();
    else {
      if (this.#column >= this.columns) this.#newLine();
      const line = this.#lines[this.#row] as string[];
      while (line.length < this.#column) line.push(" ");
      line[this.#column++] = character;
    }
  }

  #newLine(): void {
    this.#row++;
    this.#column = 0;
    if (this.#lines[this.#row] === undefined) this.#lines[this.#row] = [];
  }

  #control(command: string, count: number | undefined): void {
    const line = this.#lines[this.#row] as string[];
    const top = Math.max(0, this.#lines.length - this.rows);
    if (command === "A") this.#row = Math.max(top, this.#row - (count ?? 1));
    else if (command === "K") line.length = Math.min(line.length, this.#column);
    else if (command === "J") {
      line.length = Math.min(line.length, this.#column);
      this.#lines.length = this.#row + 1;
    } else if (command !== "m") throw new Error(`this terminal does not know ESC [ ${count} ${command}`);
  }
}
