import { currentContext, runIn } from "../async-context.ts";
import { runCallback } from "../future/callbacks.ts";
import { checkFunction } from "../options.ts";

/** How far a map, or the loop over `asCompleted`, has come. Counts never fall, and stay when it is over. */
export interface MapStats {
  /** Calls that have ended well, whether their results have been read or not. */
  readonly done: number;
  /** Calls that have ended with an error, or were cancelled. */
  readonly failed: number;
  /** Results and errors that have been handed to the reader: `k` in the k-th round of a loop. */
  readonly read: number;
  /**
   * How many calls there are; `undefined` until it is known. Inputs with a length (arrays, typed arrays, sets, maps) are
   * known at once, others when they have been read to their end.
   */
  readonly total: number | undefined;
}

/** How the reading of a map ended: all was read, an error ended it, or its reader left early. */
export type MapEnd = "done" | "failed" | "left";

/** The end of something that is read, and the callbacks that wait for it. */
export class Ending {
  #end: MapEnd | undefined;
  #callbacks: (() => void)[] = [];

  /** Calls `fn` once with the end, in the context of this call; now, if there is one. @throws ArgumentTypeError when `fn` is not a function */
  addDoneCallback(fn: (end: MapEnd) => void): void {
    checkFunction("fn", fn);
    if (this.#end !== undefined) runCallback(fn, this.#end);
    else {
      const context = currentContext();
      this.#callbacks.push(() => runIn(context, runCallback<MapEnd>, fn, this.#end as MapEnd));
    }
  }

  /** The first end counts. */
  settle(end: MapEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback();
  }
}
