import type { CallableRef } from "@concurrent-futures/callable";

/**
 * What a first measure counts for at most, in microseconds: eight calls to a batch, as before any measure. It has paid for loading and
 * compiling: taken at its word, up to eight batches of one call each came next, each with a message, before batches grew. A function
 * that does take long is known as such after its second measure, and what waits behind it can be stolen.
 */
const firstMeasure = 125;

/** A function that the pool has been given, and what it knows of it. */
export class FunctionEntry {
  /** Its number on the wire. */
  readonly number: number;
  readonly ref: CallableRef;
  readonly name: string;
  /** A snapshot of a closure: made for one submit or one map, to be forgotten by the workers afterwards. */
  readonly transient: boolean;
  /** Microseconds that a call takes, as measured lately; -1 before the first. */
  cost = -1;
  /** Calls that have not ended, for a transient one. */
  users = 0;

  constructor(number: number, ref: CallableRef, name: string, transient: boolean) {
    this.number = number;
    this.ref = ref;
    this.name = name === "" ? "(anonymous)" : name;
    this.transient = transient;
  }

  /**
   * Takes a new measure into account. Cheaper ones count more: a first call pays for loading and compiling, and sizing
   * batches by it would make the next ones needlessly small.
   */
  measured(microseconds: number): void {
    if (this.cost < 0) this.cost = Math.min(microseconds, firstMeasure);
    else this.cost += (microseconds - this.cost) * (microseconds < this.cost ? 0.8 : 0.3);
  }
}
