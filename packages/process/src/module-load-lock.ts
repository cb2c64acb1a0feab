import { moduleLoadLock } from "@concurrent-futures/core/keys";

const open = 0;
const loading = 1;
const ending = 2;

/**
 * A thread that is terminated while `require` puts ES modules together takes the whole process along (Node 20: "IsGraphAsync
 * must be used on an instantiated module"), so the two exclude each other: the side that turns `open` into its own value goes
 * first. A thread that comes second waits for its end.
 */
export class ModuleLoadLock {
  /** What the two ends share. */
  readonly memory: SharedArrayBuffer;
  readonly #word: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.memory = memory;
    this.#word = new Int32Array(memory);
  }

  /** In the thread: from now on callable passes through this gate. */
  install(): void {
    (globalThis as { [moduleLoadLock]?: ModuleLoadLock })[moduleLoadLock] = this;
  }

  enter(): void {
    if (Atomics.compareExchange(this.#word, 0, open, loading) === ending) Atomics.wait(this.#word, 0, ending);
  }

  leave(): void {
    Atomics.compareExchange(this.#word, 0, loading, open);
  }

  /** In the host: whether the thread may be ended now. If not, it is done loading within milliseconds: ask again. */
  close(): boolean {
    return Atomics.compareExchange(this.#word, 0, open, ending) !== loading;
  }
}
