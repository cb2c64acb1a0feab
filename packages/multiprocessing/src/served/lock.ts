import { Lock, RLock } from "../contract/lock.ts";
import type { Remote } from "../managers/remote.ts";
import { OwnedRemote } from "./owned.ts";
import { defineServed } from "./transfer.ts";

/** A `Lock` in a server. */
export class ServedLock extends Lock {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    super();
    this.#remote = remote;
  }

  static {
    defineServed(ServedLock, {
      module: import.meta.url,
      name: "ServedLock",
      remote: (lock) => lock.#remote,
      unpack: (remote) => new ServedLock(remote),
      looks: ["locked"],
    });
  }

  override acquire(timeout?: number): Promise<boolean> {
    return this.#remote.call("acquire", [timeout]) as Promise<boolean>;
  }

  override acquireSync(timeout?: number): boolean {
    return this.#remote.callSync("acquire", [timeout]) as boolean;
  }

  override release(): Promise<void> {
    return this.#remote.call("release") as Promise<void>;
  }

  override releaseSync(): void {
    this.#remote.callSync("release");
  }

  override locked(): boolean {
    return this.#remote.callSync("locked") as boolean;
  }
}

/** An `RLock` in a server. */
export class ServedRLock extends RLock {
  readonly #remote: Remote;
  readonly #owned: OwnedRemote;

  constructor(remote: Remote) {
    super();
    this.#remote = remote;
    this.#owned = new OwnedRemote(remote);
  }

  static {
    defineServed(ServedRLock, {
      module: import.meta.url,
      name: "ServedRLock",
      remote: (lock) => lock.#remote,
      unpack: (remote) => new ServedRLock(remote),
      looks: ["locked"],
    });
  }

  override acquire(timeout?: number): Promise<boolean> {
    return this.#owned.acquire(timeout);
  }

  override acquireSync(timeout?: number): boolean {
    return this.#owned.acquireSync(timeout);
  }

  override release(): Promise<void> {
    return this.#owned.release();
  }

  override releaseSync(): void {
    this.#owned.releaseSync();
  }

  override locked(): boolean {
    return this.#remote.callSync("locked") as boolean;
  }
}
