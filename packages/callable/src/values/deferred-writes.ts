/**
 * What the methods of a class have captured can wait until the class exists, and must where that is a class which
 * extends it. While a class is being defined, such writes are kept for later.
 */
export class DeferredWrites {
  #writes: (() => void)[] = [];
  #defining = 0;

  /** Runs `write` at once, or, when a class is being defined, after that. */
  run(write: () => void): void {
    if (this.#defining > 0) this.#writes.push(write);
    else write();
  }

  /** While `write` runs, a class is being defined. */
  whileDefining<T>(write: () => T): T {
    this.#defining++;
    try {
      return write();
    } finally {
      this.#defining--;
    }
  }

  /** Runs what was kept, when no class is being defined any more. */
  catchUp(): void {
    if (this.#defining > 0) return;
    while (this.#writes.length > 0) {
      const writes = this.#writes;
      this.#writes = [];
      for (const write of writes) write();
    }
  }
}
