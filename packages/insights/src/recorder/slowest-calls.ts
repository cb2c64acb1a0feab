import type { BatchResultsEvent } from "@concurrent-futures/core/channels";

/** One of the slowest calls of a recording. */
export interface SlowCall {
  /** How long it ran; of calls that came back in one message, the mean. */
  readonly milliseconds: number;
  readonly function: string;
  readonly workerId: number;
  /** A short text of its arguments; undefined when previews are off. */
  readonly arguments: string | undefined;
}

/** How many are kept. */
const kept = 10;

/** The slowest calls so far. An argument is previewed only for a call that is among them. */
export class SlowestCalls {
  readonly #calls: SlowCall[] = [];
  readonly #previews: boolean;

  constructor(previews: boolean) {
    this.#previews = previews;
  }

  get all(): readonly SlowCall[] {
    return this.#calls;
  }

  add({ work, count, from, function: name, workerId, argumentOf }: BatchResultsEvent): void {
    if (count === 0) return;
    const milliseconds = work / count;
    const last = this.#calls.at(-1);
    if (this.#calls.length === kept && last !== undefined && milliseconds <= last.milliseconds) return;
    const text = this.#previews ? argumentOf(from) : undefined;
    const at = this.#calls.findIndex((one) => one.milliseconds < milliseconds);
    const call: SlowCall = { milliseconds, function: name, workerId, arguments: text };
    this.#calls.splice(at < 0 ? this.#calls.length : at, 0, call);
    if (this.#calls.length > kept) this.#calls.pop();
  }
}
