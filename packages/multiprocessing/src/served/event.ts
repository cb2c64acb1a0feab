import { Event } from "../contract/event.ts";
import type { Remote } from "../managers/remote.ts";
import { defineServed } from "./transfer.ts";

/** An `Event` in a server. */
export class ServedEvent extends Event {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    super();
    this.#remote = remote;
  }

  static {
    defineServed(ServedEvent, {
      module: import.meta.url,
      name: "ServedEvent",
      remote: (event) => event.#remote,
      unpack: (remote) => new ServedEvent(remote),
      looks: ["isSet"],
    });
  }

  override isSet(): boolean {
    return this.#remote.callSync("isSet") as boolean;
  }

  override set(): Promise<void> {
    return this.#remote.call("set") as Promise<void>;
  }

  override setSync(): void {
    this.#remote.callSync("set");
  }

  override clear(): Promise<void> {
    return this.#remote.call("clear") as Promise<void>;
  }

  override clearSync(): void {
    this.#remote.callSync("clear");
  }

  override wait(timeout?: number): Promise<boolean> {
    return this.#remote.call("wait", [timeout]) as Promise<boolean>;
  }

  override waitSync(timeout?: number): boolean {
    return this.#remote.callSync("wait", [timeout]) as boolean;
  }
}
