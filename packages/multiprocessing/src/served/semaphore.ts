import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import type { Remote } from "../managers/remote.ts";
import { defineRemote } from "../managers/remote-of.ts";
import { defineServed } from "./transfer.ts";

/** What both are over a handle; each extends its own contract, as `instanceof` asks for. */
function overRemote(Contract: typeof Semaphore): abstract new (remote: Remote) => Semaphore {
  abstract class OverRemote extends Contract {
    readonly #remote: Remote;

    constructor(remote: Remote) {
      super();
      this.#remote = remote;
    }

    static {
      defineRemote<OverRemote>(OverRemote, (semaphore) => semaphore.#remote);
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
  return OverRemote;
}

/** As a class whose members are there: what the compiler knows of a contract is that they are to be made. */
type Over<C> = abstract new (remote: Remote) => Omit<C, typeof Symbol.toStringTag>;
const SemaphoreOverRemote: Over<Semaphore> = overRemote(Semaphore);
const BoundedOverRemote: Over<Semaphore> = overRemote(BoundedSemaphore);

/** A `Semaphore` in a server. */
export class ServedSemaphore extends SemaphoreOverRemote {
  static {
    defineServed(ServedSemaphore, {
      module: import.meta.url,
      name: "ServedSemaphore",
      unpack: (remote) => new ServedSemaphore(remote),
      looks: ["getValue", "locked"],
    });
  }

  get [Symbol.toStringTag](): "Semaphore" {
    return "Semaphore";
  }
}

/** A `BoundedSemaphore` in a server. */
export class ServedBoundedSemaphore extends BoundedOverRemote {
  static {
    defineServed(ServedBoundedSemaphore, {
      module: import.meta.url,
      name: "ServedBoundedSemaphore",
      unpack: (remote) => new ServedBoundedSemaphore(remote),
      looks: ["getValue", "locked"],
    });
  }

  get [Symbol.toStringTag](): "BoundedSemaphore" {
    return "BoundedSemaphore";
  }
}
