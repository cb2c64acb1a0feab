import { largestBatch } from "./batch-size.ts";
import type { Lane } from "./lane.ts";
import { uncloneable } from "./outcome.ts";
import type { Tally } from "./tally.ts";
import type { Task } from "./task.ts";
import { Calls, type Work } from "./work.ts";
import type { WorkQueue } from "./work-queue.ts";
import type { Workforce } from "./workforce.ts";

/** Brings what is queued to the workers. */
export class Lender {
  readonly #queue: WorkQueue;
  readonly #workforce: Workforce;
  readonly #tally: Tally;
  readonly #maxTasksPerWorker: number;

  constructor(queue: WorkQueue, workforce: Workforce, tally: Tally, maxTasksPerWorker: number | undefined) {
    this.#queue = queue;
    this.#workforce = workforce;
    this.#tally = tally;
    this.#maxTasksPerWorker = maxTasksPerWorker ?? Number.POSITIVE_INFINITY;
  }

  /** Lends to idle workers first, then to new ones, then a second batch to each, so that none waits for us. */
  fill(): void {
    const { lanes } = this.#workforce;
    this.#lendTo(lanes, 0);
    // A kind of worker that takes nothing before it is up: one is started for each call that waits, and no more.
    while (!this.#workforce.full && this.#workforce.expected < this.#queue.waiting)
      this.#lendTo([this.#workforce.start()], 0);
    this.#lendTo(lanes, 1);
    if (this.#queue.empty)
      for (const lane of lanes) if (lane.idle && lane.takes && !this.#takeFromBusiest()) return;
  }

  #lendTo(lanes: readonly Lane[], ahead: number): void {
    for (const lane of lanes) {
      while (lane.takes && lane.loans.length <= ahead) {
        const work = this.#queue.draw(
          Math.min(lane.room, largestBatch, this.#maxTasksPerWorker - lane.lent),
          lane,
        );
        if (work === undefined) break;
        this.#lend(work, lane);
        if (lane.lent >= this.#maxTasksPerWorker) lane.state = "retiring";
      }
    }
  }

  #lend(work: Work, lane: Lane): void {
    clearTimeout(lane.timer);
    if (work instanceof Calls) this.#tally.queuedTasks -= work.count;
    try {
      const loan = lane.lend(work);
      if (!(work instanceof Calls)) return;
      this.#tally.waited((work.tasks[0] as Task).submitted, work.count);
      work.tasks.forEach((task, index) => {
        task.loan = loan;
        task.index = index;
      });
    } catch (error) {
      // Structured clone refused the message: each call is tried alone, and the one that is at fault fails.
      if (work.count === 1) {
        work.fail(0, uncloneable(error, work.nameOf(0)));
        work.settled();
        return;
      }
      for (const entry of work.functions) entry.cost = Number.POSITIVE_INFINITY;
      work.giveBack(Array.from({ length: work.count }, (_, index) => index));
    }
  }

  /** A worker has nothing to do and nothing is queued: half of what waits behind the busiest is queued again for it. */
  #takeFromBusiest(): boolean {
    let busiest: Lane | undefined;
    for (const lane of this.#workforce.lanes)
      if (lane.unanswered > 1 && lane.unanswered > (busiest?.unanswered ?? 0)) busiest = lane;
    if (busiest === undefined || busiest.takeBack(Math.ceil(busiest.unanswered / 2)) === 0) return false;
    this.#lendTo(this.#workforce.lanes, 0);
    return true;
  }
}
