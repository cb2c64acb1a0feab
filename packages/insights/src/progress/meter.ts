import type { MapEnd } from "@concurrent-futures/core";
import type { CheckedProgressOptions, Counted, ProgressStats } from "./options.ts";

/** How much the newest measurement of the rate weighs: less is calmer and slower to notice a change. */
const smoothing = 0.3;

/** Milliseconds between two measurements of the rate. */
const measureEvery = 100;

/** The counts of some work over time: what bars and lines are made from. */
export class Meter {
  readonly #work: Counted;
  readonly #total: number | undefined;
  readonly #began: number = performance.now();
  #final: ProgressStats | undefined;
  #formatFailed = false;
  #rate = 0;
  #seen = 0;
  #seenAt: number = performance.now();
  end: MapEnd | undefined;

  constructor(work: Counted, { total }: Pick<CheckedProgressOptions, "total">) {
    this.#work = work;
    this.#total = total;
    // What had ended before anybody looked says nothing about the rate.
    const { done, failed } = work.stats();
    this.#seen = done + failed;
  }

  get stats(): ProgressStats {
    if (this.#final !== undefined) return this.#final;
    const { done, failed, read, total = this.#total } = this.#work.stats();
    const elapsed = performance.now() - this.#began;
    return { done, failed, read, total, underWay: this.#work.underWay?.() ?? 0, elapsed };
  }

  /** Calls that end per second, lately. */
  get rate(): number {
    const now = performance.now();
    const passed = now - this.#seenAt;
    if (passed < measureEvery) return this.#rate;
    const { done, failed, underWay: begun } = this.stats;
    const rate = (Math.max(0, done + failed + begun - this.#seen) / passed) * 1000;
    this.#rate = this.#rate === 0 ? rate : smoothing * rate + (1 - smoothing) * this.#rate;
    this.#seen = done + failed + begun;
    this.#seenAt = now;
    return this.#rate;
  }

  /** The user's own line; undefined when there is no function for it, or it has failed, which is reported once. */
  formatted(format: CheckedProgressOptions["format"]): string | undefined {
    if (format === undefined || this.#formatFailed) return undefined;
    try {
      return String(format(this.stats)).replaceAll(/\s*[\r\n]+\s*/g, " ");
    } catch (error) {
      this.#formatFailed = true;
      process.emitWarning(`the \`format\` of a progress bar failed: ${String(error)}`, {
        type: "CallbackWarning",
        code: "CF_CALLBACK_ERROR",
      });
      return undefined;
    }
  }

  /** The work is over: nothing changes any more. */
  stop(end: MapEnd): void {
    this.#final = this.stats;
    this.end = end;
  }
}
