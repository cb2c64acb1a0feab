import { readSync } from "node:fs";
import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";

/** How much is kept of what a process has written, in characters: Node's own message about a module that it does not find is 1 KB. */
const kept = 4_096;

/** What a process writes to its standard output or error, handed on; its end is kept, for the error that tells of its death. */
export class ForwardedStream {
  readonly #socket: Socket;
  readonly #hand: (text: string) => void;
  readonly #decoder: StringDecoder = new StringDecoder("utf8");
  #end = "";

  constructor(socket: Socket, hand: (text: string) => void) {
    this.#socket = socket;
    this.#hand = hand;
    socket.on("data", (piece: Buffer) => this.#take(piece));
    socket.on("error", () => {});
    socket.unref();
  }

  /** Takes what has arrived, without the event loop: a process whose pipe is full would wait for a thread that waits for it. */
  readNow(): void {
    // Node has no documented way to the descriptor.
    const descriptor = (this.#socket as unknown as { _handle?: { fd?: number } })._handle?.fd ?? -1;
    if (descriptor < 0) return;
    const buffer = Buffer.allocUnsafe(65_536);
    try {
      for (let count = readSync(descriptor, buffer); count > 0; count = readSync(descriptor, buffer))
        this.#take(buffer.subarray(0, count));
    } catch {
      // There is nothing to read now.
    }
  }

  /** What it wrote last. */
  get end(): string {
    return this.#end.trim();
  }

  #take(piece: Buffer): void {
    const text = this.#decoder.write(piece);
    if (text === "") return;
    this.#hand(text);
    this.#end = (this.#end + text).slice(-kept);
  }
}
