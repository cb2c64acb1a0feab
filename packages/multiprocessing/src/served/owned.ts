import { beginAsyncScope, endAsyncScope } from "../contract/owner.ts";
import type { Remote } from "../managers/remote.ts";

/** Acquires and releases something in a server that has an owner: an `RLock`, or a `Condition` with its lock. */
export class OwnedRemote {
  readonly remote: Remote;
  /** The owners as which it was acquired by this handle, the last at the end. */
  readonly #owners: number[] = [];

  constructor(remote: Remote) {
    this.remote = remote;
  }

  acquire(timeout: number | undefined): Promise<boolean> {
    const path = beginAsyncScope(false);
    return this.remote.call("acquire", [timeout], path).then(
      (taken) => this.#settle(taken as boolean, path[0]),
      (error: unknown) => {
        endAsyncScope(path[0]);
        throw error;
      },
    );
  }

  acquireSync(timeout: number | undefined): boolean {
    const path = beginAsyncScope(true);
    let taken = false;
    try {
      taken = this.remote.callSync("acquire", [timeout], path) as boolean;
    } finally {
      this.#settle(taken, path[0]);
    }
    return taken;
  }

  async release(): Promise<void> {
    await this.remote.call("release");
    endAsyncScope(this.#owners.pop() ?? 0);
  }

  releaseSync(): void {
    this.remote.callSync("release");
    endAsyncScope(this.#owners.pop() ?? 0);
  }

  #settle(taken: boolean, owner: number): boolean {
    if (taken) this.#owners.push(owner);
    else endAsyncScope(owner);
    return taken;
  }
}
