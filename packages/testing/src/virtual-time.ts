import { type Clock, install } from "@sinonjs/fake-timers";

const faked = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] as const;

// What stays real: the simulation itself takes its turns by it.
const { setImmediate: nextTurn } = globalThis;

/**
 * Global timers and `Date` on a clock that jumps to the next timer whenever nothing else can happen. One clock serves all
 * simulations of a thread; it is there from the first {@link enter} to the last {@link leave}.
 */
class VirtualTime {
  #clock: Clock | undefined;
  // As it stood on the global object.
  #performance: PropertyDescriptor | undefined;
  readonly #steps: Set<() => boolean> = new Set();
  #turning = false;

  /** Takes part: each turn `step` may do one thing, and says whether it did. */
  enter(step: () => boolean): void {
    this.#steps.add(step);
    if (this.#clock !== undefined) return;
    const clock = install({ now: 0, toFake: [...faked] });
    this.#clock = clock;
    this.#performance = Object.getOwnPropertyDescriptor(globalThis, "performance");
    Object.defineProperty(globalThis, "performance", {
      value: withClock(globalThis.performance, clock),
      configurable: true,
      writable: true,
    });
    // Code that sets a timer waits for it, also outside of any call.
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
    if (this.#performance !== undefined) Object.defineProperty(globalThis, "performance", this.#performance);
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

/**
 * `performance` with the virtual `now()`. The object itself stays as it is: Jest's test files have global objects of their own, and
 * share this one, which a simulation that is never shut down would leave without time.
 */
function withClock(real: typeof performance, clock: Clock): typeof performance {
  const now = (): number => clock.performance.now();
  return new Proxy(real, {
    get(target, key) {
      if (key === "now") return now;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

export const virtualTime: VirtualTime = new VirtualTime();
