import { type Clock, install } from "@sinonjs/fake-timers";

const faked = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] as const;

// What stays real: the simulation itself takes its turns by it.
const { setImmediate: nextTurn } = globalThis;

/**
 * Global timers and `Date` on a clock that jumps to the next timer whenever nothing else can happen. One clock serves all
 * simulations of a thread; it is there from the first {@link enter} to the last {@link leave}.
 */
class VirtualTime {
  #clock: Clock | undefined;
  readonly #steps: Set<() => boolean> = new Set();
  #turning = false;

  /** Takes part: each turn `step` may do one thing, and says whether it did. */
  enter(step: () => boolean): void {
    this.#steps.add(step);
    if (this.#clock !== undefined) return;
    const clock = install({ now: 0, toFake: [...faked] });
    this.#clock = clock;
    // Whoever sets a timer waits for it, also outside of any call.
    for (const name of ["setTimeout", "setInterval"] as const) {
      const set = globalThis[name] as (...args: unknown[]) => unknown;
      Object.defineProperty(globalThis, name, {
        value: (...args: unknown[]) => {
          this.wake();
          return set(...args);
        },
        configurable: true,
        writable: true,
      });
    }
  }

  leave(step: () => boolean): void {
    this.#steps.delete(step);
    if (this.#steps.size > 0) return;
    this.#clock?.uninstall();
    this.#clock = undefined;
  }

  /** Something may happen now: turns follow until nothing does. */
  wake(): void {
    if (this.#turning) return;
    this.#turning = true;
    nextTurn(() => this.#turn());
  }

  #turn(): void {
    this.#turning = false;
    let did = false;
    for (const step of [...this.#steps]) did = step() || did;
    if (!did) {
      if (this.#clock === undefined || this.#clock.countTimers() === 0) return;
      this.#clock.next();
    }
    this.wake();
  }
}

export const virtualTime: VirtualTime = new VirtualTime();
