import { type AsyncContext, currentContext, runIn } from "../async-context.ts";

type Handler = ((value: never) => unknown) | null | undefined;

/** Reactions whose futures have ended in this turn; one microtask runs them all, which a promise each would not. */
let due: Reaction[] = [];

/** At its `then`, a microtask costs a quarter of what it does by Node's queueMicrotask(). */
const tick: Promise<void> = Promise.resolve();

function runDue(): void {
  const reactions = due;
  due = [];
  for (const reaction of reactions) reaction.run();
}

const nothing = (): void => {};
let resolveTaken: (value: never) => void = nothing;
let rejectTaken: (error: unknown) => void = nothing;

/** Takes a promise's two ends, for all promises: a closure for each would be 100 bytes, where a million may be pending. */
function take(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  resolveTaken = resolve;
  rejectTaken = reject;
}

/** What a pending future keeps of one `then`: a future that is awaited costs one promise, not two. */
export class Reaction {
  readonly #onFulfilled: Handler;
  readonly #onRejected: Handler;
  readonly #resolve: (value: never) => void;
  readonly #reject: (error: unknown) => void;
  // In which the handlers run; what is awaited without any has its own.
  readonly #context: AsyncContext | undefined;
  #failed = false;
  // What `then` gives, until the future has ended; then the outcome.
  #value: unknown;

  constructor(onFulfilled: Handler, onRejected: Handler) {
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
    if (onFulfilled || onRejected) this.#context = currentContext();
    this.#value = new Promise(take);
    this.#resolve = resolveTaken;
    this.#reject = rejectTaken;
    // They would keep the promise, and so its value, until the next one.
    resolveTaken = rejectTaken = nothing;
  }

  /** What `then` gives; for who has just made this. */
  get promise(): Promise<unknown> {
    return this.#value as Promise<unknown>;
  }

  /** The future has ended: run soon, never now, as promises do. */
  schedule(failed: boolean, value: unknown): void {
    this.#failed = failed;
    this.#value = value;
    if (due.length === 0) void tick.then(runDue);
    due.push(this);
  }

  run(): void {
    const handler = this.#failed ? this.#onRejected : this.#onFulfilled;
    if (typeof handler !== "function") {
      if (this.#failed) this.#reject(this.#value);
      else this.#resolve(this.#value as never);
      return;
    }
    try {
      this.#resolve(runIn(this.#context, handler, this.#value as never) as never);
    } catch (error) {
      this.#reject(error);
    }
  }
}
