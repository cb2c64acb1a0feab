import { keepAlive, type Redis } from "../redis.ts";

/** Whether an executor's connections keep its process alive: while somebody waits for something, and only then. */
export class Liveliness {
  readonly #connections: readonly Redis[];
  #reasons = 0;

  constructor(connections: readonly Redis[]) {
    this.#connections = connections;
    // Each reconnection brings a new socket.
    for (const redis of connections) redis.on("ready", () => keepAlive(redis, this.#reasons > 0));
  }

  /** There is one reason more, or one less. */
  add(count: 1 | -1): void {
    this.#reasons += count;
    for (const redis of this.#connections) keepAlive(redis, this.#reasons > 0);
  }

  /** Until the answer is there. */
  async during<V>(answer: Promise<V>): Promise<V> {
    this.add(1);
    try {
      return await answer;
    } finally {
      this.add(-1);
    }
  }
}
