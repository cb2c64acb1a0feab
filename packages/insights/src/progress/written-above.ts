import { StringDecoder } from "node:string_decoder";
import type { ProgressStream } from "./options.ts";

type Write = ProgressStream["write"];

/**
 * Takes over a stream's `write` while bars are on the screen, so that what others write goes above them in whole lines.
 */
export class WrittenAbove {
  readonly #stream: ProgressStream;
  readonly #write: Write;
  readonly #above: (write: () => void) => void;
  readonly #decoder: StringDecoder = new StringDecoder("utf8");
  readonly #hook: Write;
  #unfinished = "";
  #active = true;

  /** @param above - takes the bars away, calls what it is given, and puts the bars back */
  constructor(stream: ProgressStream, above: (write: () => void) => void) {
    this.#stream = stream;
    this.#write = stream.write;
    this.#above = above;
    this.#hook = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean =>
      this.#take(chunk, rest)) as Write;
    stream.write = this.#hook;
  }

  /** Writes past the hook. */
  write(text: string): boolean {
    return this.#write.call(this.#stream, text);
  }

  /** Gives `write` back, and writes the line that has no end. */
  release(): void {
    if (!this.#active) return;
    this.#active = false;
    // Somebody else may have taken `write` over since: then the hook stays below theirs and only passes on.
    if (this.#stream.write === this.#hook) this.#stream.write = this.#write;
    this.flush();
  }

  /** Writes the line that has no end: nothing more can come, or nobody could see it otherwise. */
  flush(): void {
    const rest = this.#unfinished + this.#decoder.end();
    this.#unfinished = "";
    if (rest !== "") this.write(rest);
  }

  #take(chunk: string | Uint8Array, rest: unknown[]): boolean {
    if (!this.#active) return this.#write.call(this.#stream, chunk, ...(rest as never[]));
    const encoding = typeof rest[0] === "string" ? (rest[0] as BufferEncoding) : "utf8";
    const callback = rest.find((one) => typeof one === "function") as (() => void) | undefined;
    const text =
      typeof chunk === "string" && /^utf-?8$/i.test(encoding)
        ? chunk
        : this.#decoder.write(typeof chunk === "string" ? Buffer.from(chunk, encoding) : Buffer.from(chunk));
    this.#unfinished += text;
    const end = this.#unfinished.lastIndexOf("\n") + 1;
    if (end > 0) {
      const whole = this.#unfinished.slice(0, end);
      this.#unfinished = this.#unfinished.slice(end);
      this.#above(() => this.write(whole));
    }
    if (callback !== undefined) process.nextTick(callback);
    return true;
  }
}
