import { Condition } from "../contract/condition.ts";
import type { Remote } from "../managers/remote.ts";
import { OwnedRemote } from "./owned.ts";
import { defineServed } from "./transfer.ts";

/** A `Condition` in a server, with its lock. */
export class ServedCondition extends Condition {
  readonly #remote: Remote;
  readonly #owned: OwnedRemote;

  constructor(remote: Remote) {
    super();
    this.#remote = remote;
    this.#owned = new OwnedRemote(remote);
  }

  static {
    defineServed(ServedCondition, {
      module: import.meta.url,
      name: "ServedCondition",
      remote: (condition) => condition.#remote,
      unpack: (remote) => new ServedCondition(remote),
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

  override wait(timeout?: number): Promise<boolean> {
    return this.#remote.call("wait", [timeout]) as Promise<boolean>;
  }

  override waitSync(timeout?: number): boolean {
    return this.#remote.callSync("wait", [timeout]) as boolean;
  }

  override notify(n?: number): Promise<void> {
    return this.#remote.call("notify", [n]) as Promise<void>;
  }

  override notifySync(n?: number): void {
    this.#remote.callSync("notify", [n]);
  }

  override notifyAll(): Promise<void> {
    return this.#remote.call("notifyAll") as Promise<void>;
  }

  override notifyAllSync(): void {
    this.#remote.callSync("notifyAll");
  }
}
