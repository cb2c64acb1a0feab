import { ValueError } from "@concurrent-futures/core";
import { checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { Acquirable } from "../contract/acquirable.ts";
import { alternatives, defineTransfer, showsAsText } from "../transfer.ts";
import { SemaphoreState } from "./memory/semaphore-state.ts";

type Memory = SemaphoreState["queue"]["memory"];
const acquired: Promise<boolean> = Promise.resolve(true);
/** The largest value: what fits beside the flags in a word. */
const largest = 2 ** 28 - 1;

/** What both semaphores are. */
abstract class AnySemaphore extends Acquirable {
  protected readonly state: SemaphoreState;

  protected constructor(state: SemaphoreState) {
    super();
    this.state = state;
  }

  override acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    return this.state.tryAcquire() ? acquired : this.state.acquire(limit);
  }

  override acquireSync(timeout?: number): boolean {
    const limit = checkTimeout("timeout", timeout);
    return this.state.tryAcquire() || this.state.acquireSync(limit);
  }

  /** How often it can be acquired at this moment (Python: `get_value`). */
  getValue(): number {
    return this.state.available;
  }

  /** Whether it cannot be acquired at this moment. */
  locked(): boolean {
    return this.state.available === 0;
  }
}

/**
 * Counts permits; `acquire` waits while there are none (Python: `multiprocessing.Semaphore`). Any thread may
 * release, also more often than was acquired: use it to say that something is there, or to limit how many do
 * something at once. Nobody owns a permit, so one that a worker took along when it died is
 * gone; when all are, those who wait get a `LockAbandonedError`.
 *
 * @example
 * ```ts
 * const slots = new Semaphore(3);
 * await slots.run(() => download(url));
 * ```
 */
export class Semaphore extends AnySemaphore {
  /** @param value - how often it can be acquired at first. @default 1 */
  constructor(value: number | SemaphoreState = 1) {
    super(value instanceof SemaphoreState ? value : SemaphoreState.createSemaphore(checkValue(value)));
  }

  static {
    defineTransfer<Semaphore, Memory>(Semaphore, {
      module: import.meta.url,
      name: "Semaphore",
      pack: (semaphore) => semaphore.state.queue.memory,
      unpack: (memory) => new Semaphore(SemaphoreState.attach(memory)),
      alternatives: alternatives("Semaphore"),
    });
    showsAsText(Semaphore);
  }

  /** Gives a permit back, or adds one, at once. @throws ValueError beyond 2^28 - 1 */
  override release(): void {
    if (!this.state.release(largest)) throw new ValueError(`A semaphore cannot count beyond ${largest}.`);
  }

  override toString(): string {
    return `<Semaphore(value=${this.getValue()})>`;
  }
}

/**
 * A semaphore that is never released more often than it was acquired (Python: `multiprocessing.BoundedSemaphore`).
 */
export class BoundedSemaphore extends AnySemaphore {
  readonly #bound: number;

  /** @param value - how often it can be acquired at first, and at most. @default 1 */
  constructor(value: number = 1, state: SemaphoreState = SemaphoreState.createSemaphore(checkValue(value))) {
    super(state);
    this.#bound = value;
  }

  static {
    defineTransfer<BoundedSemaphore, { memory: Memory; bound: number }>(BoundedSemaphore, {
      module: import.meta.url,
      name: "BoundedSemaphore",
      pack: (semaphore) => ({ memory: semaphore.state.queue.memory, bound: semaphore.#bound }),
      unpack: ({ memory, bound }) => new BoundedSemaphore(bound, SemaphoreState.attach(memory)),
      alternatives: alternatives("BoundedSemaphore"),
    });
    showsAsText(BoundedSemaphore);
  }

  /** Gives a permit back, at once. @throws ValueError when all are there */
  override release(): void {
    if (!this.state.release(this.#bound)) {
      throw new ValueError(
        `semaphore or lock released too many times: this BoundedSemaphore has all its ${this.#bound} permits. Acquire it first.`,
      );
    }
  }

  override toString(): string {
    return `<BoundedSemaphore(value=${this.getValue()}, maxvalue=${this.#bound})>`;
  }
}

function checkValue(value: unknown): number {
  const checked = checkInteger("value", value, 0);
  if (checked > largest) throw new ValueError(`Expected \`value\` to be at most ${largest}, got ${checked}.`);
  return checked;
}
