/**
 * A door that opens once: tests wait for an event instead of sleeping.
 *
 * @example
 * ```ts
 * const begun = new Latch();
 * executor.submit(async () => { begun.open(); });
 * await begun.opened;
 * ```
 */
export class Latch {
  /** Resolves when {@link open} has been called. */
  readonly opened: Promise<void>;
  #open: () => void = () => {};

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** Lets all who wait go on, now and later. */
  open(): void {
    this.#open();
  }
}
