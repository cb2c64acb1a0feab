import { ValueError } from "@concurrent-futures/core";
import { checkInteger } from "@concurrent-futures/core/options";
import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import { defineTransfer } from "../transfer.ts";
import { SemaphoreState } from "./memory/semaphore-state.ts";
import { done } from "./memory/settled.ts";
import type { WaitQueueMemory } from "./memory/wait-queue.ts";

/** The largest value: what fits beside the flags in a word. */
const largest = 2 ** 28 - 1;

interface PermitsMemory {
  readonly memory: WaitQueueMemory;
  /** How many permits there can be. */
  readonly most: number;
}

/** Makes the class of both kinds; each extends its own contract, as `instanceof` asks for. */
function overMemory(
  Contract: typeof Semaphore,
  name: string,
): new (
  value?: number | PermitsMemory,
) => Semaphore {
  const isBounded = Contract === BoundedSemaphore;

  class OverMemory extends Contract {
    readonly #state: SemaphoreState;
    readonly #most: number;

    constructor(value: number | PermitsMemory = 1) {
      super();
      if (typeof value === "object") {
        this.#state = SemaphoreState.attach(value.memory);
        this.#most = value.most;
      } else {
        this.#state = SemaphoreState.createSemaphore(checkValue(value));
        this.#most = isBounded ? value : largest;
      }
    }

    static {
      Object.defineProperty(OverMemory, "name", { value: name });
      defineTransfer<OverMemory, PermitsMemory>(OverMemory, {
        module: import.meta.url,
        name,
        pack: (semaphore) => ({ memory: semaphore.#state.queue.memory, most: semaphore.#most }),
        unpack: (memory) => new OverMemory(memory),
      });
    }

    override acquire(timeout?: number): Promise<boolean> {
      return this.#state.acquire(timeout);
    }

    override acquireSync(timeout?: number): boolean {
      return this.#state.acquireSync(timeout);
    }

    override release(n?: number): Promise<void> {
      this.releaseSync(n);
      return done;
    }

    override releaseSync(n: number = 1): void {
      if (this.#state.release(this.#most, checkInteger("n", n))) return;
      throw new ValueError(
        isBounded
          ? `semaphore or lock released too many times: this BoundedSemaphore has ${this.getValue()} of its ${this.#most} permits. Acquire it first.`
          : `A semaphore cannot count beyond ${largest}.`,
      );
    }

    override getValue(): number {
      return this.#state.available;
    }

    override locked(): boolean {
      return this.getValue() === 0;
    }

    override toString(): string {
      const most = isBounded ? `, maxvalue=${this.#most}` : "";
      return `<${this[Symbol.toStringTag]}(value=${this.getValue()}${most})>`;
    }
  }
  return OverMemory;
}

type Over<S> = new (value?: number | PermitsMemory) => S;

/** A `Semaphore` in shared memory. */
export const SharedSemaphore: Over<Semaphore> = overMemory(Semaphore, "SharedSemaphore");

/** A `BoundedSemaphore` in shared memory. */
export const SharedBoundedSemaphore: Over<BoundedSemaphore> = overMemory(
  BoundedSemaphore,
  "SharedBoundedSemaphore",
) as Over<BoundedSemaphore>;

function checkValue(value: unknown): number {
  const checked = checkInteger("value", value, 0);
  if (checked > largest) throw new ValueError(`Expected \`value\` to be at most ${largest}, got ${checked}.`);
  return checked;
}
