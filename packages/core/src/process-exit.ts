/** What this asks of the platform: Node and its kin have it, a browser does not. */
interface ExitingProcess {
  prependListener?(event: "exit", listener: () => void): unknown;
}

/**
 * Whether this process is exiting: what is submitted then would never run. Published as
 * `@concurrent-futures/core/process-exit` for the sibling packages.
 */
class ProcessExit {
  #exiting = false;
  #watching = false;

  get exiting(): boolean {
    this.watch();
    return this.#exiting;
  }

  /** Begins to listen, before the listeners of the program; importing this must not. */
  watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    (globalThis as { process?: ExitingProcess }).process?.prependListener?.("exit", () => {
      this.#exiting = true;
    });
  }
}

export const onProcessExit: ProcessExit = new ProcessExit();
