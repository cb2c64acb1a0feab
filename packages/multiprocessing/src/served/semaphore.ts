import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import type { Remote } from "../managers/remote.ts";
import { defineServed } from "./transfer.ts";

/** A `Semaphore` in a server. */
export class ServedSemaphore extends Semaphore {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    super();
    this.#remote = remote;
  }

  static {
    defineServed(ServedSemaphore, {
      module: import.meta.url,
      name: "ServedSemaphore",
      remote: (semaphore) => semaphore.#remote,
      unpack: (remote) => new ServedSemaphore(remote),
      looks: ["getValue", "locked"],
    });
  }

  get [Symbol.toStringTag](): "Semaphore" {
    return "Semaphore";
  }

  override acquire(timeout?: number): Promise<boolean> {
    return this.#remote.call("acquire", [timeout]) as Promise<boolean>;
  }

  override acquireSync(timeout?: number): boolean {
    return this.#remote.callSync("acquire", [timeout]) as boolean;
  }

  override release(n?: number): Promise<void> {
    return this.#remote.call("release", [n]) as Promise<void>;
  }

  override releaseSync(n?: number): void {
    this.#remote.callSync("release", [n]);
  }

  override getValue(): number {
    return this.#remote.callSync("getValue") as number;
  }

  override locked(): boolean {
    return this.#remote.callSync("locked") as boolean;
  }

  override toString(): string {
    return String(this.#remote);
  }
}

/** A `BoundedSemaphore` in a server. */
export class ServedBoundedSemaphore extends BoundedSemaphore {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    super();
    this.#remote = remote;
  }

  static {
    defineServed(ServedBoundedSemaphore, {
      module: import.meta.url,
      name: "ServedBoundedSemaphore",
      remote: (semaphore) => semaphore.#remote,
      unpack: (remote) => new ServedBoundedSemaphore(remote),
      looks: ["getValue", "locked"],
    });
  }

  get [Symbol.toStringTag](): "BoundedSemaphore" {
    return "BoundedSemaphore";
  }

  override acquire(timeout?: number): Promise<boolean> {
    return this.#remote.call("acquire", [timeout]) as Promise<boolean>;
  }

  override acquireSync(timeout?: number): boolean {
    return this.#remote.callSync("acquire", [timeout]) as boolean;
  }

  override release(n?: number): Promise<void> {
    return this.#remote.call("release", [n]) as Promise<void>;
  }

  override releaseSync(n?: number): void {
    this.#remote.callSync("release", [n]);
  }

  override getValue(): number {
    return this.#remote.callSync("getValue") as number;
  }

  override locked(): boolean {
    return this.#remote.callSync("locked") as boolean;
  }

  override toString(): string {
    return String(this.#remote);
  }
}
