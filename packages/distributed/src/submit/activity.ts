import { nextPoolNumber, type PoolOpenEvent } from "@concurrent-futures/core/channels";
import { CallMetrics, Distribution, type PoolStats } from "@concurrent-futures/core/pool-stats";
import { isOutcome, type ReplyFrame } from "../wire/frames.ts";
import type { Call } from "./call.ts";
import { channels } from "./diagnostics.ts";
import type { SentJob } from "./sent-job.ts";

/** Outcomes of calls of one job that came together. */
export interface Answer {
  readonly job: SentJob;
  /** The worker's id. */
  readonly worker: string;
  readonly frames: readonly ReplyFrame[];
  /** A short text of a call's arguments. */
  argumentOf(call: Call<unknown>): string;
}

const epoch = (now: number): number => performance.timeOrigin + now;

/** What this executor's calls have come to, and the workers that answered, for `stats()` and for those who listen to the channels. */
export class Activity {
  readonly pool: number = nextPoolNumber();
  readonly #metrics: CallMetrics = new CallMetrics();
  // Workers get numbers in the order in which they are heard of.
  readonly #numbers: Map<string, number> = new Map();
  readonly #outcomes: Record<"done" | "failed" | "cancelled", number> = { done: 0, failed: 0, cancelled: 0 };
  // Replies are the batches of those who listen: each is over.
  #answers = 0;
  readonly #runTime: Distribution = new Distribution();
  readonly #waitTime: Distribution = new Distribution();

  opened(stats: PoolOpenEvent["stats"]): void {
    if (!channels.poolOpen.hasSubscribers) return;
    const at = epoch(performance.now());
    channels.poolOpen.publish({ pool: this.pool, kind: "distributed", maxWorkers: 0, at, stats });
  }

  closed(): void {
    if (!channels.poolClose.hasSubscribers) return;
    channels.poolClose.publish({ pool: this.pool, reason: "shutdown", at: epoch(performance.now()) });
  }

  /**
   * Outcomes have come; a call that ran twice may have one already.
   *
   * @returns how many are first ones, and how long those calls ran together.
   */
  answered(answer: Answer): { readonly calls: number; readonly microseconds: number } {
    const { job, frames } = answer;
    const now = performance.now();
    let calls = 0;
    let failed = 0;
    let microseconds = 0;
    for (const frame of frames) {
      const call = job.calls[frame.index];
      if (call === undefined || !isOutcome(frame) || call.done()) continue;
      calls++;
      if (frame.kind === "error") failed++;
      microseconds += frame.microseconds;
      this.#runTime.add(frame.microseconds);
      this.#waitTime.add(Math.max((now - call.submitted) * 1000 - frame.microseconds, 0));
    }
    if (calls === 0) return { calls, microseconds };
    const workerId = this.#numberOf(answer.worker, now);
    const record = this.#metrics.worker(workerId);
    record?.busy(now);
    record?.answered(calls, failed, microseconds / 1000, true, now);
    this.#metrics.ended(workerId, job.name, calls, failed, microseconds, now);
    this.#publish(answer, { workerId, calls, failed, microseconds, now });
    return { calls, microseconds };
  }

  /** A call has its outcome, whether it ran or not. */
  settled(call: Call<unknown>): void {
    this.#outcomes[call.cancelled() ? "cancelled" : call.failed() ? "failed" : "done"]++;
  }

  stats(window: number | undefined, pending: number, running: number): PoolStats {
    return {
      pool: this.pool,
      workers: this.#numbers.size,
      pending,
      running,
      ...this.#outcomes,
      runTime: this.#runTime.percentiles(),
      waitTime: this.#waitTime.percentiles(),
      shared: { values: 0, bytes: 0, sent: 0 },
      ...this.#metrics.stats(window, performance.now()),
    };
  }

  #numberOf(worker: string, now: number): number {
    let number = this.#numbers.get(worker);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(worker, number);
      this.#metrics.started(number, now).up(now);
    }
    return number;
  }

  #publish(
    { job, frames, argumentOf }: Answer,
    sum: {
      readonly workerId: number;
      readonly calls: number;
      readonly failed: number;
      readonly microseconds: number;
      readonly now: number;
    },
  ): void {
    const { workerId, calls, failed, microseconds, now } = sum;
    const common = { pool: this.pool, workerId, function: job.name, at: epoch(now) };
    const from = frames.find(isOutcome)?.index ?? 0;
    if (channels.batchResults.hasSubscribers) {
      channels.batchResults.publish({
        ...common,
        batch: ++this.#answers,
        map: undefined,
        from,
        count: calls,
        failed,
        work: microseconds / 1000,
        end: true,
        argumentOf: (index) => argumentOf(job.calls[index] as Call<unknown>),
      });
    }
    if (failed === 0 || !channels.taskFailed.hasSubscribers) return;
    for (const { kind, index } of frames) {
      if (kind === "error")
        void job.calls[index]
          ?.exception()
          .then((error) => channels.taskFailed.publish({ ...common, index: 0, error }))
          .catch(() => {});
    }
  }
}
