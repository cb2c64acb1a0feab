import { ValueError } from "@concurrent-futures/core";
import { checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import { alternatives, defineTransfer, showsAsText } from "../transfer.ts";
import { SemaphoreState } from "./memory/semaphore-state.ts";
import type { WaitQueueMemory } from "./memory/wait-queue.ts";
import { acquired, done } from "./settled.ts";

/** The largest value: what fits beside the flags in a word. */
const largest = 2 ** 28 - 1;

/** A `Semaphore` in memory that threads share. */
export class SharedSemaphore extends Semaphore {
  readonly #permits: Permits;

  /** @param value - the number of permits at first, or the permits */
  constructor(value: number | Permits = 1) {
    super();
    this.#permits = value instanceof Permits ? value : new Permits(value, largest);
  }

  static {
    defineTransfer<SharedSemaphore, PermitsMemory>(SharedSemaphore, {
      module: import.meta.url,
      name: "SharedSemaphore",
      pack: (semaphore) => semaphore.#permits.memory,
      unpack: (memory) => new SharedSemaphore(new Permits(memory, memory.most)),
      alternatives: alternatives("Semaphore"),
    });
    showsAsText(SharedSemaphore);
  }

  get [Symbol.toStringTag](): "Semaphore" {
    return "Semaphore";
  }

  override acquire(timeout?: number): Promise<boolean> {
    return this.#permits.acquire(timeout);
  }

  override acquireSync(timeout?: number): boolean {
    return this.#permits.acquireSync(timeout);
  }

  override release(n?: number): Promise<void> {
    this.releaseSync(n);
    return done;
  }

  override releaseSync(n: number = 1): void {
    if (!this.#permits.release(n)) throw new ValueError(`A semaphore cannot count beyond ${largest}.`);
  }

  override getValue(): number {
    return this.#permits.available;
  }

  override locked(): boolean {
    return this.#permits.available === 0;
  }

  override toString(): string {
    return `<Semaphore(value=${this.getValue()})>`;
  }
}

/** A `BoundedSemaphore` in memory that threads share. */
export class SharedBoundedSemaphore extends BoundedSemaphore {
  readonly #permits: Permits;

  /** @param value - the number of permits at first, or the permits */
  constructor(value: number | Permits = 1) {
    super();
    this.#permits = value instanceof Permits ? value : new Permits(value, value);
  }

  static {
    defineTransfer<SharedBoundedSemaphore, PermitsMemory>(SharedBoundedSemaphore, {
      module: import.meta.url,
      name: "SharedBoundedSemaphore",
      pack: (semaphore) => semaphore.#permits.memory,
      unpack: (memory) => new SharedBoundedSemaphore(new Permits(memory, memory.most)),
      alternatives: alternatives("BoundedSemaphore"),
    });
    showsAsText(SharedBoundedSemaphore);
  }

  get [Symbol.toStringTag](): "BoundedSemaphore" {
    return "BoundedSemaphore";
  }

  override acquire(timeout?: number): Promise<boolean> {
    return this.#permits.acquire(timeout);
  }

  override acquireSync(timeout?: number): boolean {
    return this.#permits.acquireSync(timeout);
  }

  override release(n?: number): Promise<void> {
    this.releaseSync(n);
    return done;
  }

  override releaseSync(n: number = 1): void {
    if (this.#permits.release(n)) return;
    throw new ValueError(
      `semaphore or lock released too many times: this BoundedSemaphore has ${this.getValue()} of its ${this.#permits.most} permits. Acquire it first.`,
    );
  }

  override getValue(): number {
    return this.#permits.available;
  }

  override locked(): boolean {
    return this.#permits.available === 0;
  }

  override toString(): string {
    return `<BoundedSemaphore(value=${this.getValue()}, maxvalue=${this.#permits.most})>`;
  }
}

interface PermitsMemory {
  readonly memory: WaitQueueMemory;
  readonly most: number;
}

/** What both semaphores hold: the permits, and how many there can be. */
class Permits {
  readonly most: number;
  readonly #state: SemaphoreState;

  constructor(source: number | PermitsMemory, most: number) {
    this.#state =
      typeof source === "object"
        ? SemaphoreState.attach(source.memory)
        : SemaphoreState.createSemaphore(checkValue(source));
    this.most = most;
  }

  get memory(): PermitsMemory {
    return { memory: this.#state.queue.memory, most: this.most };
  }

  get available(): number {
    return this.#state.available;
  }

  acquire(timeout: number | undefined): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    return this.#state.tryAcquire() ? acquired : this.#state.acquire(limit);
  }

  acquireSync(timeout: number | undefined): boolean {
    const limit = checkTimeout("timeout", timeout);
    return this.#state.tryAcquire() || this.#state.acquireSync(limit);
  }

  release(n: number): boolean {
    return this.#state.release(this.most, checkInteger("n", n));
  }
}

function checkValue(value: unknown): number {
  const checked = checkInteger("value", value, 0);
  if (checked > largest) throw new ValueError(`Expected \`value\` to be at most ${largest}, got ${checked}.`);
  return checked;
}
