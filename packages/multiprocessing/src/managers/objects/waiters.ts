import { currentCaller, type Session } from "../session.ts";

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
      let timer: NodeJS.Timeout | undefined;
      const end = (value: T | undefined): void => {
        this.#line.delete(end);
        clearTimeout(timer);
        forget();
        if (value !== undefined) whenWoken?.(value);
        resolve(value);
      };
      const forget = session.whenGone(() => end(undefined));
      this.#line.add(end);
      if (timeout !== undefined && Number.isFinite(timeout)) {
        timer = setTimeout(() => end(undefined), Math.min(Math.max(timeout, 0), 2 ** 31 - 1));
      }
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
