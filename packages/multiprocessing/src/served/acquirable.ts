import type { Acquirable } from "../contract/acquirable.ts";
import { beginAsyncScope, endAsyncScope } from "../contract/owner.ts";
import type { Remote } from "../managers/remote.ts";
import { defineRemote } from "../managers/remote-of.ts";

/** A class whose members are there, but for its own: what the compiler knows of a contract is that they are to be made. */
export type Over<C, Own = never> = abstract new (remote: Remote) => Omit<C, Own & keyof C>;

/** What is acquired, and can be looked at. */
type Lockable = Acquirable & { locked(): boolean };

/** How something in a server is acquired and released. */
export class RemoteLock {
  readonly remote: Remote;

  constructor(remote: Remote) {
    this.remote = remote;
  }

  acquire(timeout: number | undefined): Promise<boolean> {
    return this.remote.call("acquire", [timeout]) as Promise<boolean>;
  }

  acquireSync(timeout: number | undefined): boolean {
    return this.remote.callSync("acquire", [timeout]) as boolean;
  }

  release(n: readonly number[]): Promise<void> {
    return this.remote.call("release", n) as Promise<void>;
  }

  releaseSync(n: readonly number[]): void {
    this.remote.callSync("release", n);
  }
}

/** As {@link RemoteLock}, of what has an owner: an `RLock`, or a `Condition` with its lock. */
export class OwnedRemoteLock extends RemoteLock {
  /** The owners as which it was acquired by this handle, the last at the end. */
  readonly #owners: number[] = [];

  override acquire(timeout: number | undefined): Promise<boolean> {
    const path = beginAsyncScope(false);
    return this.remote.call("acquire", [timeout], path).then(
      (taken) => this.#settle(taken as boolean, path[0]),
      (error: unknown) => {
        endAsyncScope(path[0]);
        throw error;
      },
    );
  }

  override acquireSync(timeout: number | undefined): boolean {
    const path = beginAsyncScope(true);
    let taken = false;
    try {
      taken = this.remote.callSync("acquire", [timeout], path) as boolean;
    } finally {
      this.#settle(taken, path[0]);
    }
    return taken;
  }

  override async release(): Promise<void> {
    await super.release([]);
    endAsyncScope(this.#owners.pop() ?? 0);
  }

  override releaseSync(): void {
    super.releaseSync([]);
    endAsyncScope(this.#owners.pop() ?? 0);
  }

  #settle(taken: boolean, owner: number): boolean {
    if (taken) this.#owners.push(owner);
    else endAsyncScope(owner);
    return taken;
  }
}

/** What each lock over a handle is; it extends its own contract, as `instanceof` asks for. */
export function overRemote(
  Contract: abstract new () => Lockable,
  Handle: typeof RemoteLock = RemoteLock,
): Over<Lockable> {
  abstract class OverRemote extends Contract {
    readonly #lock: RemoteLock;

    constructor(remote: Remote) {
      super();
      this.#lock = new Handle(remote);
    }

    static {
      defineRemote<OverRemote>(OverRemote, (instance) => instance.#lock.remote);
    }

    override acquire(timeout?: number): Promise<boolean> {
      return this.#lock.acquire(timeout);
    }

    override acquireSync(timeout?: number): boolean {
      return this.#lock.acquireSync(timeout);
    }

    override release(...n: number[]): Promise<void> {
      return this.#lock.release(n);
    }

    override releaseSync(...n: number[]): void {
      this.#lock.releaseSync(n);
    }

    override locked(): boolean {
      return this.#lock.remote.callSync("locked") as boolean;
    }
  }
  return OverRemote;
}
