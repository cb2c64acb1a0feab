/** What `stats()` of a pool gives. Times are in milliseconds. */
export interface PoolStats {
  /** Workers that are starting or up. */
  readonly workers: number;
  /** Calls that have not begun. */
  readonly pending: number;
  /** Calls whose code runs now. */
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  /** How long calls ran, as measured in the workers, a batch at a time. */
  readonly runTime: Percentiles;
  /** How long submitted calls waited until they were sent to a worker. */
  readonly waitTime: Percentiles;
}

/** The share of values below each: `p99: 12` says that 99 of 100 took at most about 12 milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Steps per doubling: 4 keeps the error below 19 %. */
const stepsPerOctave = 4;

/** Counts values by their size class: exact enough for percentiles, constant in memory, some nanoseconds a value. */
export class Distribution {
  readonly #counts: Float64Array = new Float64Array(40 * stepsPerOctave);
  #total = 0;

  /** Adds a number of values of so many microseconds. */
  add(microseconds: number, count = 1): void {
    const step = Math.round(Math.log2(Math.max(1, microseconds)) * stepsPerOctave);
    const at = Math.min(step, this.#counts.length - 1);
    this.#counts[at] = (this.#counts[at] as number) + count;
    this.#total += count;
  }

  percentiles(): Percentiles {
    return { p50: this.#at(0.5), p90: this.#at(0.9), p99: this.#at(0.99) };
  }

  #at(share: number): number {
    let left = this.#total * share;
    if (this.#total === 0) return 0;
    for (let step = 0; step < this.#counts.length; step++) {
      left -= this.#counts[step] as number;
      if (left <= 0) return 2 ** (step / stepsPerOctave) / 1000;
    }
    return 2 ** (this.#counts.length / stepsPerOctave) / 1000;
  }
}
