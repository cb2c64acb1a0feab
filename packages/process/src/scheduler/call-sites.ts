/** A captured stack: text only for who reads it. */
export interface CallSite {
  readonly stack?: string;
}

/** Stacks captured per turn of the event loop. A stack costs about a microsecond; a loop of submits has but one site. */
const perTurn = 8;

/** Frames kept of each. */
const depth = 6;

/** Remembers where tasks were submitted, so that their errors can show the caller's frames below the worker's. */
export class CallSites {
  #left: number = perTurn;
  #last: CallSite | undefined;

  /** The site of the call that is being made; in a loop, that of one of its last turns. `above` and its callees are left out. */
  capture(above: Function): CallSite | undefined {
    if (this.#left > 0) {
      this.#left--;
      const site: CallSite = {};
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = depth;
      Error.captureStackTrace(site, above);
      Error.stackTraceLimit = limit;
      this.#last = site;
    }
    return this.#last;
  }

  /** A new turn of the event loop has begun. */
  turn(): void {
    this.#left = perTurn;
  }
}
