import type { Socket } from "node:net";

/** Messages that are handed on in one turn of the event loop. More: what they are answered with piles up before it is seen. */
const mostInTurn = 16;

/** Hands on messages, some in each turn, and none as long as too much waits to be sent to the peer that they come from. */
export class MessagePump {
  readonly #socket: Socket;
  readonly #listener: (message: Buffer) => void;
  readonly #mostUnsent: number;
  readonly #goOn: () => void;
  #inTurn = 0;
  #paused = false;

  /** @param goOn - called when {@link mayTake} has said no, and says yes again */
  constructor(socket: Socket, listener: (message: Buffer) => void, mostUnsent: number, goOn: () => void) {
    this.#socket = socket;
    this.#listener = listener;
    this.#mostUnsent = mostUnsent;
    this.#goOn = goOn;
  }

  /** Whether one more message may be handed on now. If not, the socket is not read for a while. */
  mayTake(): boolean {
    if (this.#paused) return false;
    const isFull = this.#socket.writableLength > this.#mostUnsent;
    if (!isFull && this.#inTurn < mostInTurn) return true;
    this.#paused = true;
    this.#socket.pause();
    if (isFull) this.#socket.once("drain", () => this.#resume());
    else setImmediate(() => this.#resume());
    return false;
  }

  take(message: Buffer): void {
    this.#inTurn++;
    this.#listener(message);
  }

  #resume(): void {
    this.#paused = false;
    this.#inTurn = 0;
    this.#socket.resume();
    this.#goOn();
  }
}
