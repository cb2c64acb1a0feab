import { setTimeout as sleep } from "node:timers/promises";
import type { JobQueue } from "../engine/bullmq.ts";
import { isLostConnection, type Redis } from "../redis.ts";
import { type Keys, replyLife } from "../wire/keys.ts";
import type { Bundling } from "./bundling.ts";
import type { Call } from "./call.ts";
import type { SentJob } from "./sent-job.ts";

/** Jobs that leave in one transaction, and the bytes of their arguments: Redis does nothing else meanwhile. */
const mostJobs = 1_000;
const mostBytes = 4 * 2 ** 20;

/** Milliseconds for which calls are held back at most, at a time. */
const holdTime = 100;

/** Milliseconds before what a lost connection refused is sent again. */
const retryDelay = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);

/** Sends jobs: those of one tick together, in the order in which they came. */
export class Outbox {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #queue: JobQueue;
  readonly #bundling: Bundling;
  readonly #makeJob: (calls: readonly Call<unknown>[]) => SentJob;
  readonly #refused: (job: SentJob, error: unknown) => void;
  // Calls that have no job yet, and jobs that must leave once more.
  #waiting: Call<unknown>[] = [];
  #again: SentJob[] = [];
  #held: NodeJS.Timeout | undefined;
  #sending = false;
  #scheduled = false;
  #closed = false;

  /**
   * @param makeJob - makes calls into a job.
   * @param refused - Redis does not take this job, for a reason that another attempt will not change.
   */
  constructor(
    redis: Redis,
    keys: Keys,
    queue: JobQueue,
    bundling: Bundling,
    makeJob: (calls: readonly Call<unknown>[]) => SentJob,
    refused: (job: SentJob, error: unknown) => void,
  ) {
    this.#redis = redis;
    this.#keys = keys;
    this.#queue = queue;
    this.#bundling = bundling;
    this.#makeJob = makeJob;
    this.#refused = refused;
  }

  add(call: Call<unknown>): void {
    this.#waiting.push(call);
    this.#schedule();
  }

  /** Sends a job again that has been lost. */
  resend(job: SentJob): void {
    this.#again.push(job);
    this.#schedule();
  }

  /** Gives a call that waits a job of its own, which leaves next. */
  sendAlone(call: Call<unknown>): SentJob {
    this.#waiting.splice(this.#waiting.indexOf(call), 1);
    const job = this.#makeJob([call]);
    this.resend(job);
    return job;
  }

  /** More is known of a function: calls may have waited for it. */
  moreKnown(): void {
    if (this.#held === undefined) return;
    clearTimeout(this.#held);
    this.#held = undefined;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#sending) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#send();
    });
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#again = [];
    clearTimeout(this.#held);
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (!this.#closed) {
      const jobs = this.#nextBatch();
      if (jobs.length === 0) break;
      await this.#sendBatch(jobs);
    }
    this.#sending = false;
    // Calls that are held back leave when more is known, and at the latest then.
    if (this.#waiting.length > 0 && !this.#closed) {
      this.#held ??= setTimeout(() => this.moreKnown(), holdTime);
    }
  }

  /** Cancelled calls are never sent. */
  #nextBatch(): SentJob[] {
    const jobs = this.#again.filter((job) => !job.done);
    this.#again = [];
    const now = performance.now();
    let bytes = 0;
    let at = 0;
    while (at < this.#waiting.length && jobs.length < mostJobs && bytes < mostBytes) {
      if ((this.#waiting[at] as Call<unknown>).done()) {
        at++;
        continue;
      }
      const calls = this.#bundling.take(this.#waiting, at, now);
      if (calls.length === 0) break;
      at += calls.length;
      const job = this.#makeJob(calls);
      jobs.push(job);
      bytes += job.bytes;
    }
    this.#waiting = this.#waiting.slice(at);
    return jobs;
  }

  async #sendBatch(jobs: readonly SentJob[]): Promise<void> {
    for (let attempt = 0; !this.#closed; attempt++) {
      const now = performance.now();
      const wanted = jobs.filter((job) => !job.done);
      for (const job of wanted) {
        job.heard = now;
        job.state = "leaving";
      }
      try {
        for (const { id, payload } of wanted) {
          if (payload !== undefined)
            this.#redis.set(this.#keys.payload(id), payload, "PX", replyLife).catch(() => {});
        }
        if (wanted.length > 0) await this.#queue.add(wanted.map(({ added }) => added));
        for (const job of wanted) job.state = "sent";
        return;
      } catch (error) {
        // A job has its id from here: the same transaction again adds what is not there.
        if (!isLostConnection(error)) {
          for (const job of wanted) this.#refused(job, error);
          return;
        }
        await sleep(retryDelay(attempt));
      }
    }
  }
}
