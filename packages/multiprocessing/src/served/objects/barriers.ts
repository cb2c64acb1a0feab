import { Deadline } from "@concurrent-futures/core/deadline";
import { checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { BrokenBarrierError } from "../../errors.ts";
import { currentCaller, type Session } from "../../managers/session.ts";
import { Waiters } from "./waiters.ts";

/** What the last to arrive is told where there is an action: run it, and then call `proceed(cycle)`. */
export interface ActionTurn {
  readonly index: number;
  readonly action: Uint8Array;
  readonly cycle: number;
}

/** Python's `Barrier`, in a server. The action runs in the client that arrives last; the server never looks into it. */
export class BarrierObject {
  readonly #size: number;
  readonly #timeout: number | undefined;
  readonly #action: Uint8Array | undefined;
  readonly #arrived: Waiters<boolean> = new Waiters();
  /** Those who come while the action runs. */
  readonly #early: Waiters<true> = new Waiters();
  #state: "open" | "acting" | "broken" = "open";
  #cycle = 0;
  #forgetActor: () => void = () => {};

  constructor(parties: number, timeout?: number, action?: Uint8Array) {
    this.#size = checkInteger("parties", parties);
    this.#timeout = checkTimeout("timeout", timeout);
    this.#action = action;
  }

  async wait(timeout: number | undefined = this.#timeout): Promise<number | ActionTurn> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const { session } = currentCaller();
    while (this.#state === "acting") {
      if ((await this.#early.wait(deadline.remaining, session)) === undefined) throw this.#late();
    }
    if (this.#state === "broken") throw broken("The barrier is broken. Call reset() to use it again.");
    const index = this.#arrived.size;
    if (index === this.#size - 1) return this.#fill(index, session);
    const passed = await this.#arrived.wait(deadline.remaining, session);
    if (passed === undefined) throw this.#late();
    if (!passed) throw broken("The barrier was broken or reset while this caller waited.");
    return index;
  }

  /** The action is done: lets everyone of this cycle go. */
  proceed(cycle: number): void {
    if (this.#state !== "acting" || cycle !== this.#cycle) {
      throw broken("The barrier was broken or reset while its action ran.");
    }
    this.#end("open", true);
  }

  reset(): void {
    this.#end("open", false);
  }

  abort(): void {
    this.#end("broken", false);
  }

  parties(): number {
    return this.#size;
  }

  nWaiting(): number {
    return this.#arrived.size;
  }

  broken(): boolean {
    return this.#state === "broken";
  }

  #fill(index: number, session: Session): number | ActionTurn {
    if (this.#action === undefined) {
      this.#end("open", true);
      return index;
    }
    this.#state = "acting";
    this.#forgetActor = session.onDisconnect(() => this.abort());
    return { index, action: this.#action, cycle: ++this.#cycle };
  }

  #end(state: "open" | "broken", passed: boolean): void {
    this.#forgetActor();
    this.#state = state;
    this.#arrived.wakeAll(passed);
    this.#early.wakeAll(true);
  }

  // Late or gone: nobody can meet here any more.
  #late(): BrokenBarrierError {
    this.abort();
    return broken("The barrier is broken: not all arrived in time.");
  }
}

function broken(message: string): BrokenBarrierError {
  return new BrokenBarrierError(message);
}
