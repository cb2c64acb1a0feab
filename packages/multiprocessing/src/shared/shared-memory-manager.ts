import { RuntimeError } from "@concurrent-futures/core";
import { staysHere } from "@concurrent-futures/core/stays-here";
import { FileNotFoundError } from "../errors.ts";
import { makeIn, newObjectsBackend } from "./memory/backends.ts";
import type { WaitBackend } from "./memory/wait-backend.ts";
import { type Shareable, ShareableList } from "./shareable-list.ts";
import { SharedMemory } from "./shared-memory.ts";

/**
 * Makes blocks of shared memory and frees all of them together (Python: `managers.SharedMemoryManager`). It needs no server
 * here: the memory is that of this process, and goes to its threads. The first block starts it, since `using` calls nothing.
 *
 * @example
 * ```ts
 * using manager = new SharedMemoryManager();
 * const block = manager.SharedMemory(1024);
 * const list = manager.ShareableList([1, 2, 3]);
 * // at the end of the block both are freed
 * ```
 */
export class SharedMemoryManager implements Disposable, AsyncDisposable {
  static {
    staysHere(SharedMemoryManager, "Send the blocks that it has made.");
  }

  readonly #backend: WaitBackend = newObjectsBackend();
  readonly #blocks: Set<SharedMemory> = new Set();
  #state: "initial" | "started" | "shutdown" = "initial";

  /** Need not be called. @throws RuntimeError when it was started before, or has made a block */
  start(): this {
    if (this.#state === "started") throw new RuntimeError("Already started SharedMemoryServer");
    if (this.#state === "shutdown") throw new RuntimeError("SharedMemoryManager has shut down");
    this.#state = "started";
    return this;
  }

  /** A new block of this many bytes. @throws RuntimeError after {@link shutdown}; ValueError */
  SharedMemory(size: number): SharedMemory {
    this.#ensureStarted();
    return this.#keep(makeIn(this.#backend, () => new SharedMemory({ create: true, size })));
  }

  /** A new list. @throws RuntimeError after {@link shutdown} */
  ShareableList(sequence: Iterable<Shareable>): ShareableList {
    this.#ensureStarted();
    const list = makeIn(this.#backend, () => new ShareableList(sequence));
    this.#keep(list.shm);
    return list;
  }

  /** Closes and unlinks all that it made, wherever it is still used. A second time does nothing. */
  shutdown(): void {
    this.#state = "shutdown";
    for (const block of this.#blocks) {
      block.close();
      try {
        block.unlink();
      } catch (error) {
        // Somebody else has done it.
        if (!(error instanceof FileNotFoundError)) throw error;
      }
    }
    this.#blocks.clear();
  }

  [Symbol.dispose](): void {
    this.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shutdown();
  }

  #keep(block: SharedMemory): SharedMemory {
    this.#blocks.add(block);
    return block;
  }

  #ensureStarted(): void {
    if (this.#state === "initial") this.start();
    if (this.#state === "shutdown") throw new RuntimeError("SharedMemoryManager has shut down");
  }
}
