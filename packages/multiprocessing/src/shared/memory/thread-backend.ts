import { growableMemory, SharedRegion } from "./growable.ts";
import { adoptExitTable, exitTable, hasExited, ownThreadId, pollExits } from "./thread-exits.ts";
import type { AsyncWait, MemoryHandle, Region, WaitBackend } from "./wait-backend.ts";

/** `Atomics.waitAsync` (ES2024), which the type library of ES2023 does not have yet. */
const { waitAsync } = Atomics as unknown as {
  readonly waitAsync: (words: Int32Array, index: number, value: number, timeout?: number) => AsyncWait;
};

/** Memory that the threads of one process share: `SharedArrayBuffer`, and a table of thread exits. */
class ThreadBackend implements WaitBackend {
  readonly reach = "thread";
  readonly ownId: number = ownThreadId;
  readonly #exits: Int32Array;
  #listeners: Set<() => void> | undefined;

  constructor(exits: Int32Array) {
    this.#exits = exits;
  }

  get handle(): MemoryHandle {
    return this.#exits.buffer as SharedArrayBuffer;
  }

  allocate(bytes: number, maxBytes: number = bytes): Region {
    return new SharedRegion(
      maxBytes > bytes ? growableMemory(bytes, maxBytes) : new SharedArrayBuffer(bytes),
    );
  }

  allocateBuffer(bytes: number): MemoryHandle {
    return new SharedArrayBuffer(bytes);
  }

  attach(handle: MemoryHandle): Region {
    return new SharedRegion(handle as SharedArrayBuffer);
  }

  wait(words: Int32Array, index: number, value: number, timeout: number): "ok" | "not-equal" | "timed-out" {
    return Atomics.wait(words, index, value, timeout);
  }

  waitAsync(words: Int32Array, index: number, value: number, timeout: number): AsyncWait {
    return waitAsync(words, index, value, timeout);
  }

  notify(words: Int32Array, index: number, count: number): void {
    Atomics.notify(words, index, count);
  }

  nameOf(id: number): string {
    return `thread ${id - 1}`;
  }

  hasExited(id: number): boolean {
    return hasExited(this.#exits, id);
  }

  exitCount(): number {
    return Atomics.load(this.#exits, 0);
  }

  pollExits(): void {
    pollExits();
  }

  onExit(listener: () => void): () => void {
    if (this.#listeners === undefined) {
      this.#listeners = new Set();
      void this.#listen(this.#listeners);
    }
    // The same function may wait several times.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners?.delete(entry);
  }

  /** One pending wait per table and thread serves all listeners. */
  async #listen(listeners: ReadonlySet<() => void>): Promise<never> {
    let seen = this.exitCount();
    for (;;) {
      const waited = waitAsync(this.#exits, 0, seen);
      if (waited.async) await waited.value;
      seen = this.exitCount();
      for (const listener of [...listeners]) listener();
    }
  }
}

const backends = new Map<Int32Array, ThreadBackend>();

/** The backend of this thread's own locks, or of those that came with a handle. */
export function threadBackend(handle?: SharedArrayBuffer): WaitBackend {
  const exits = handle === undefined ? exitTable() : adoptExitTable(handle);
  let backend = backends.get(exits);
  if (backend === undefined) {
    backend = new ThreadBackend(exits);
    backends.set(exits, backend);
  }
  return backend;
}
