import { readSync } from "node:fs";
import type { Socket } from "node:net";

/** How much is kept of what a process has written, in bytes: Node's own message about a module that it does not find is 1 KB. */
const kept = 4_096;

/** The standard error of a process, written on to that of this one; its end is kept, for the error that tells of its death. */
export class ForwardedStderr {
  readonly #socket: Socket;
  #end = "";

  constructor(socket: Socket) {
    this.#socket = socket;
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

  /** What it wrote last, if it wrote anything. */
  lastWords(): { readonly stderr?: string } {
    this.readNow();
    const stderr = this.#end.trim();
    return stderr === "" ? {} : { stderr };
  }

  #take(piece: Buffer): void {
    process.stderr.write(piece);
    this.#end = (this.#end + piece.toString()).slice(-kept);
  }
}
