import type { Buffer } from "node:buffer";
import { BrokenProcessPool, type Future } from "@concurrent-futures/core";
import { sharesOf } from "@concurrent-futures/core/reported-progress";
import type { ProcessPoolExecutor } from "@concurrent-futures/process";
import type { ClaimPlace, Claims } from "../run/claim.ts";
import { type RowsOutcome, type RowsPart, rowIn, runRows } from "../run/run-rows.ts";
import type { RunnableCall } from "../run/runner.ts";
import type { CarriedHeader } from "../wire/carried.ts";
import { joinFrames, splitFrames } from "../wire/frames.ts";

/** How often rows may lose a process that had begun none of them. */
const mostFalseStarts = 3;

/** What the run of a job's rows needs around it. */
export interface RowsRunOptions {
  readonly pool: ProcessPoolExecutor;
  readonly call: RunnableCall;
  /** What the rows take along. */
  readonly carried: CarriedHeader | undefined;
  /** Where processes note which row they are at. */
  readonly claims: Claims;
  /** No row is to run a second time. */
  readonly once: boolean;
  done(outcome: RowsOutcome): void;
  failed(row: number, error: unknown): void;
}

/**
 * The rows of one job, in the pool. They go to one process, which comes back with what it has when it takes long. When a
 * process dies, the row that it was at has failed, and the others go to another one.
 */
export class RowsRun {
  readonly #rows: Buffer;
  readonly #count: number;
  readonly #options: RowsRunOptions;
  // Rows that have no outcome yet: from a place, up to one.
  readonly #ranges: [from: number, to: number][];
  #future: Future<RowsOutcome> | undefined;
  #part: RowsPart = { first: 0, count: 1 };
  #falseStarts = 0;

  /** @param rows - their arguments, behind each other as they came: most are run together, and need not be told apart here. */
  constructor(rows: Buffer, count: number, options: RowsRunOptions) {
    this.#rows = rows;
    this.#count = count;
    this.#options = options;
    this.#ranges = [[0, count]];
  }

  /** Resolves when each row has its outcome, or nobody wants the rest. */
  async run(): Promise<void> {
    for (let range = this.#ranges.shift(); range !== undefined; range = this.#ranges.shift()) {
      const [from, to] = range;
      const claim = this.#options.claims.take();
      try {
        const outcome = await this.#send(from, to, claim);
        this.#options.claims.giveBack(claim);
        this.#options.done(outcome);
        if (from + outcome.count < to) this.#ranges.unshift([from + outcome.count, to]);
      } catch (error) {
        // The place is not given to another run: a process that is about to end may still write to it.
        this.#lost(from, to, error, claim);
      }
    }
  }

  /** The row that runs now, where it says how far it is. */
  underWay(): { readonly index: number; readonly share: number } | undefined {
    const share = sharesOf((owner) => owner === this.#future);
    return share === 0 ? undefined : rowIn(share, this.#part);
  }

  /** Begins nothing more. */
  stop(): void {
    this.#ranges.length = 0;
  }

  /** Stops what runs as well. */
  abandon(): void {
    this.stop();
    this.#future?.cancel({ force: true });
  }

  #send(from: number, to: number, claim: ClaimPlace): Future<RowsOutcome> {
    this.#part = { first: from, count: to - from };
    const { pool, call, carried: carriedBy } = this.#options;
    const all = from === 0 && to === this.#count;
    const rows = all ? this.#rows : joinFrames(splitFrames(this.#rows, this.#count).slice(from, to));
    // A copy without the rest of the job, which would travel with it.
    const bytes = new Uint8Array(rows);
    this.#future = pool.submit(runRows, { ...call, first: from, count: to - from, claim, carriedBy }, bytes);
    return this.#future;
  }

  #lost(from: number, to: number, error: unknown, claim: ClaimPlace): void {
    const { once, claims, failed } = this.#options;
    const began = error instanceof BrokenProcessPool ? claims.rowOf(claim) : undefined;
    if (began === undefined) {
      if (error instanceof BrokenProcessPool && ++this.#falseStarts < mostFalseStarts) {
        this.#ranges.unshift([from, to]);
        return;
      }
      for (let row = from; row < to; row++) failed(row, error);
      return;
    }
    const guilty = Math.min(from + began, to - 1);
    failed(guilty, error);
    if (guilty + 1 < to) this.#ranges.unshift([guilty + 1, to]);
    // Those before it have run, and their outcomes are lost.
    if (!once) {
      if (from < guilty) this.#ranges.unshift([from, guilty]);
      return;
    }
    for (let row = from; row < guilty; row++) failed(row, error);
  }
}
