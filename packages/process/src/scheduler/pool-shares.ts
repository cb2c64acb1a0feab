import type { PoolStats } from "@concurrent-futures/core/pool-stats";
import type { SharedContent, SharedHolder } from "../shared-content.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** The shared values that the calls of a pool use: sent to each worker once, and freed there when nobody needs them. */
export class PoolShares implements SharedHolder {
  readonly #users: Map<SharedContent, number> = new Map();
  readonly #handles: readonly WorkerHandle[];
  #sent = 0;

  constructor(handles: readonly WorkerHandle[]) {
    this.#handles = handles;
  }

  /** A call needs these until {@link release}. */
  use(contents: Iterable<SharedContent>): void {
    for (const content of contents) {
      this.#users.set(content, (this.#users.get(content) ?? 0) + 1);
      content.holders.add(this);
    }
  }

  release(contents: Iterable<SharedContent>): void {
    for (const content of contents) {
      const users = (this.#users.get(content) ?? 1) - 1;
      this.#users.set(content, users);
      if (users === 0 && content.disposed) this.#free(content);
    }
  }

  disposed(content: SharedContent): void {
    if (this.#users.get(content) === 0) this.#free(content);
  }

  /** Sends a worker those that it does not have. Throws what structured clone throws. */
  send(handle: WorkerHandle, contents: Iterable<SharedContent>): void {
    for (const content of contents) if (handle.share(content)) this.#sent++;
  }

  /** The pool has ended, and its workers with it. */
  close(): void {
    for (const content of this.#users.keys()) content.holders.delete(this);
    this.#users.clear();
  }

  stats(): PoolStats["shared"] {
    let bytes = 0;
    for (const content of this.#users.keys()) bytes += content.bytes;
    return { values: this.#users.size, bytes, sent: this.#sent };
  }

  #free(content: SharedContent): void {
    this.#users.delete(content);
    content.holders.delete(this);
    for (const handle of this.#handles) handle.unshare(content);
  }
}
