import { ValueError } from "@concurrent-futures/core";
import { JoinableQueue, Queue } from "../contract/queue.ts";
import { QueueHandle } from "../contract/queue-handle.ts";
import type { Remote } from "../managers/remote.ts";
import { defineServed } from "./transfer.ts";

/** A `Queue` in a server. */
export class ServedQueue<T = unknown> extends Queue<T> {
  readonly #remote: Remote;
  readonly #handle: QueueHandle = new QueueHandle(ValueError);

  constructor(remote: Remote) {
    super();
    this.#remote = remote;
  }

  static {
    defineServed<ServedQueue>(ServedQueue, {
      module: import.meta.url,
      name: "ServedQueue",
      remote: (queue) => queue.#remote,
      unpack: (remote) => new ServedQueue(remote),
      looks: ["qsize", "empty", "full"],
    });
  }

  get [Symbol.toStringTag](): "Queue" {
    return "Queue";
  }

  override async put(item: T, timeout?: number): Promise<void> {
    this.#handle.use();
    await this.#remote.call("put", [item, timeout]);
  }

  override putSync(item: T, timeout?: number): void {
    this.#handle.use();
    this.#remote.callSync("put", [item, timeout]);
  }

  override async get(timeout?: number): Promise<T> {
    this.#handle.use();
    return (await this.#remote.call("get", [timeout])) as T;
  }

  override getSync(timeout?: number): T {
    this.#handle.use();
    return this.#remote.callSync("get", [timeout]) as T;
  }

  override qsize(): number {
    return this.#remote.callSync("qsize") as number;
  }

  override empty(): boolean {
    this.#handle.assertReadable();
    return this.#remote.callSync("empty") as boolean;
  }

  override full(): boolean {
    return this.#remote.callSync("full") as boolean;
  }

  override close(): void {
    this.#handle.close();
  }

  override get closed(): boolean {
    return this.#handle.closed;
  }

  override toString(): string {
    return String(this.#remote);
  }
}

/** A `JoinableQueue` in a server. In a manager each queue is one, as Python's `queue.Queue`. */
export class ServedJoinableQueue<T = unknown> extends JoinableQueue<T> {
  readonly #remote: Remote;
  readonly #handle: QueueHandle = new QueueHandle(ValueError);

  constructor(remote: Remote) {
    super();
    this.#remote = remote;
  }

  static {
    defineServed<ServedJoinableQueue>(ServedJoinableQueue, {
      module: import.meta.url,
      name: "ServedJoinableQueue",
      remote: (queue) => queue.#remote,
      unpack: (remote) => new ServedJoinableQueue(remote),
      looks: ["qsize", "empty", "full"],
    });
  }

  get [Symbol.toStringTag](): "JoinableQueue" {
    return "JoinableQueue";
  }

  override async put(item: T, timeout?: number): Promise<void> {
    this.#handle.use();
    await this.#remote.call("put", [item, timeout]);
  }

  override putSync(item: T, timeout?: number): void {
    this.#handle.use();
    this.#remote.callSync("put", [item, timeout]);
  }

  override async get(timeout?: number): Promise<T> {
    this.#handle.use();
    return (await this.#remote.call("get", [timeout])) as T;
  }

  override getSync(timeout?: number): T {
    this.#handle.use();
    return this.#remote.callSync("get", [timeout]) as T;
  }

  override qsize(): number {
    return this.#remote.callSync("qsize") as number;
  }

  override empty(): boolean {
    this.#handle.assertReadable();
    return this.#remote.callSync("empty") as boolean;
  }

  override full(): boolean {
    return this.#remote.callSync("full") as boolean;
  }

  override close(): void {
    this.#handle.close();
  }

  override get closed(): boolean {
    return this.#handle.closed;
  }

  override taskDone(): Promise<void> {
    return this.#remote.call("taskDone") as Promise<void>;
  }

  override taskDoneSync(): void {
    this.#remote.callSync("taskDone");
  }

  override join(timeout?: number): Promise<boolean> {
    return this.#remote.call("join", [timeout]) as Promise<boolean>;
  }

  override joinSync(timeout?: number): boolean {
    return this.#remote.callSync("join", [timeout]) as boolean;
  }

  override toString(): string {
    return String(this.#remote);
  }
}
