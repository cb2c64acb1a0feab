/** Some results that came one after the other and stood so in the input, too. */
interface Run {
  /** The number of the first among all results that have come. */
  readonly arrival: number;
  /** Where it stood in the input. */
  readonly first: number;
  count: number;
}

/**
 * Where in the input the results of a map stood, in the order in which they came. Calls travel in chunks, so whole runs
 * are kept: a note per result would cost as much as the call.
 */
export class Positions {
  #runs: Run[] = [];
  // The run that was asked for last: those before it are of no more use.
  #at = 0;
  #arrivals = 0;

  add(first: number, count: number): void {
    const last = this.#runs.at(-1);
    if (last !== undefined && last.first + last.count === first) last.count += count;
    else this.#runs.push({ arrival: this.#arrivals, first, count });
    this.#arrivals += count;
  }

  /** The position of a result by its arrival; arrivals are asked for in order. */
  at(arrival: number): number {
    for (;;) {
      const run = this.#runs[this.#at] as Run;
      if (arrival < run.arrival + run.count) return run.first + arrival - run.arrival;
      this.#at++;
    }
  }

  /** Nothing before this arrival will be asked for any more. */
  forgetBefore(arrival: number): void {
    let gone = this.#at;
    for (
      let run = this.#runs[gone];
      run !== undefined && run.arrival + run.count <= arrival;
      run = this.#runs[++gone]
    );
    this.#runs = this.#runs.slice(gone);
    this.#at = 0;
  }
}
