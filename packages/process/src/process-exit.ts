/** Whether this process is on its way out: what is submitted then would never run. */
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
    process.prependListener("exit", () => {
      this.#exiting = true;
    });
  }
}

export const onProcessExit: ProcessExit = new ProcessExit();
