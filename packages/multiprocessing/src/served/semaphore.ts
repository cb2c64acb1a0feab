import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import type { Remote } from "../managers/remote.ts";
import { defineServed } from "./transfer.ts";

type Over<S> = new (remote: Remote) => S;

/** Makes the class of both kinds; each extends its own contract, as `instanceof` asks for. */
function overRemote(Contract: typeof Semaphore, name: string): Over<Semaphore> {
  class OverRemote extends Contract {
    readonly #remote: Remote;

    constructor(remote: Remote) {
      super();
      this.#remote = remote;
    }

    static {
      Object.defineProperty(OverRemote, "name", { value: name });
      defineServed(OverRemote, {
        module: import.meta.url,
        name,
        remote: (semaphore) => semaphore.#remote,
        unpack: (remote) => new OverRemote(remote),
        looks: ["getValue", "locked"],
      });
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
  }
  return OverRemote;
}

/** A `Semaphore` in a server. */
export const ServedSemaphore: Over<Semaphore> = overRemote(Semaphore, "ServedSemaphore");

/** A `BoundedSemaphore` in a server. */
export const ServedBoundedSemaphore: Over<BoundedSemaphore> = overRemote(
  BoundedSemaphore,
  "ServedBoundedSemaphore",
) as Over<BoundedSemaphore>;
