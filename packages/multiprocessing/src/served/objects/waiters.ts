import { Deadline } from "@concurrent-futures/core/deadline";
import { currentCaller, type Session } from "../../managers/session.ts";

/** Clients that wait for something in the server, in the order in which they came. One that goes away leaves the line. */
export class Waiters<T> {
  readonly #line: Set<(value: T | undefined) => void> = new Set();

  get size(): number {
    return this.#line.size;
  }

  /**
   * Waits; `undefined` when the time is up. A client that is gone waits for nothing.
   *
   * @param whenWoken - runs while it is being woken. What it takes there nobody else can take before it.
   */
  wait(
    timeout: number | undefined,
    session: Session = currentCaller().session,
    whenWoken?: (value: T) => void,
  ): Promise<T | undefined> {
    return new Promise((resolve) => {
      const end = (value: T | undefined): void => {
        this.#line.delete(end);
        stop();
        forget();
        if (value !== undefined) whenWoken?.(value);
        resolve(value);
      };
      const forget = session.onDisconnect(() => end(undefined));
      this.#line.add(end);
      const stop = new Deadline(timeout).whenPassed(() => end(undefined));
    });
  }

  /** Wakes the first with a value; false when nobody waits. */
  wakeOne(value: T): boolean {
    const [first] = this.#line;
    first?.(value);
    return first !== undefined;
  }

  wakeAll(value: T): void {
    for (const end of [...this.#line]) end(value);
  }
}
