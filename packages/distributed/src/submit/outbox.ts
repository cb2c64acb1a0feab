import { setTimeout as sleep } from "node:timers/promises";
import type { JobQueue } from "../engine/bullmq.ts";
import type { Redis } from "../redis.ts";
import { type Keys, replyLife } from "../wire/keys.ts";
import type { SentJob } from "./sent-job.ts";

/** Jobs that leave in one transaction, and the bytes of their arguments: Redis does nothing else meanwhile. */
const mostJobs = 1_000;
const mostBytes = 4 * 2 ** 20;

/** Milliseconds before what a lost connection refused is sent again. */
const retryDelay = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);

/** Sends jobs: those of one tick together, in the order in which they came. */
export class Outbox {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #queue: JobQueue;
  readonly #refused: (job: SentJob, error: unknown) => void;
  #waiting: SentJob[] = [];
  #sending = false;
  #scheduled = false;
  #closed = false;

  /** @param refused - Redis does not take this job, for a reason that another attempt will not change. */
  constructor(redis: Redis, keys: Keys, queue: JobQueue, refused: (job: SentJob, error: unknown) => void) {
    this.#redis = redis;
    this.#keys = keys;
    this.#queue = queue;
    this.#refused = refused;
  }

  add(job: SentJob): void {
    this.#waiting.push(job);
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
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#waiting.length > 0 && !this.#closed) {
      const jobs = this.#nextBatch();
      if (jobs.length > 0) await this.#sendBatch(jobs);
    }
    this.#sending = false;
  }

  /** Cancelled calls are never sent. */
  #nextBatch(): SentJob[] {
    const jobs: SentJob[] = [];
    let bytes = 0;
    let at = 0;
    for (; at < this.#waiting.length && jobs.length < mostJobs && bytes < mostBytes; at++) {
      const job = this.#waiting[at] as SentJob;
      if (job.done) continue;
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

/** Whether a command failed because its connection was lost, not because Redis refuses it. */
export function isLostConnection(error: unknown): boolean {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  return (
    name === "AbortError" ||
    name === "MaxRetriesPerRequestError" ||
    /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/.test(code ?? "") ||
    /closed|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|Stream isn't writeable/i.test(message ?? "")
  );
}
