import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers";

/**
 * How long to look, in ms: about what it costs to fall asleep and be woken, by a futex or by a pipe. So a wait that ends
 * sooner pays no system call, and one that does not costs at most twice as much.
 */
const longest = 0.02;
/** Looks between two looks at the clock, which costs more than they do. */
const looksAtOnce = 32;
/** After looks in vain, up to this number of waits do without. */
const mostSkipped = 63;
/** How often one turn of an event loop may be held up like this: 2 ms at most. */
const mostInATurn = 100;

const hasOtherCores = availableParallelism() > 1;
let inThisTurn = 0;

/**
 * Looks for a moment whether a wait is over, before its thread or its event loop goes to sleep. That is of use where the
 * other side answers in a few microseconds, and only there: where it was in vain it is done less and less often.
 */
export class Spin {
  #skip = 0;
  #inVain = 0;

  /** Whether it was over within that moment. */
  until(isOver: () => boolean): boolean {
    if (!hasOtherCores) return false;
    if (this.#skip > 0) {
      this.#skip--;
      return false;
    }
    const end = performance.now() + longest;
    do {
      for (let looks = 0; looks < looksAtOnce; looks++) {
        if (!isOver()) continue;
        this.#inVain = 0;
        return true;
      }
    } while (performance.now() < end);
    this.#inVain = Math.min(2 * this.#inVain + 1, mostSkipped);
    this.#skip = this.#inVain;
    return false;
  }

  /** As {@link until}, for an event loop: not so often that nothing else gets its turn. */
  untilInTurn(isOver: () => boolean): boolean {
    if (inThisTurn >= mostInATurn) return false;
    if (inThisTurn++ === 0) {
      setImmediate(() => {
        inThisTurn = 0;
      });
    }
    return this.until(isOver);
  }
}
