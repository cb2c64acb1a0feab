import { SimpleQueue } from "../contract/queue.ts";
import { QueueHandle } from "../contract/queue-handle.ts";
import { OSError } from "../errors.ts";
import type { Remote } from "../managers/remote.ts";
import { defineServed } from "./transfer.ts";

/** A `SimpleQueue` in a server. */
export class ServedSimpleQueue<T = unknown> extends SimpleQueue<T> {
  readonly #remote: Remote;
  readonly #handle: QueueHandle = new QueueHandle(OSError);

  constructor(remote: Remote) {
    super();
    this.#remote = remote;
  }

  static {
    defineServed<ServedSimpleQueue>(ServedSimpleQueue, {
      module: import.meta.url,
      name: "ServedSimpleQueue",
      remote: (queue) => queue.#remote,
      unpack: (remote) => new ServedSimpleQueue(remote),
      looks: ["empty"],
    });
  }

  override async put(item: T): Promise<void> {
    this.#handle.use();
    await this.#remote.call("put", [item]);
  }

  override putSync(item: T): void {
    this.#handle.use();
    this.#remote.callSync("put", [item]);
  }

  override async get(): Promise<T> {
    this.#handle.use();
    return (await this.#remote.call("get")) as T;
  }

  override getSync(): T {
    this.#handle.use();
    return this.#remote.callSync("get") as T;
  }

  override empty(): boolean {
    this.#handle.use();
    return this.#remote.callSync("empty") as boolean;
  }

  override close(): void {
    this.#handle.close();
  }

  override get closed(): boolean {
    return this.#handle.closed;
  }
}
