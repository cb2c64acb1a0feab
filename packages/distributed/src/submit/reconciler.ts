import { JobLostError, WorkerLostError } from "@concurrent-futures/core";
import type { JobQueue, JobState } from "../engine/bullmq.ts";
import type { SentJob } from "./sent-job.ts";

/** Jobs that are asked for at a time. */
const mostAsked = 500;
/** Milliseconds until a job is asked for again that is about to end. */
const shortly = 100;

/** What the pass needs to know and to do. */
export interface ReconcilerOptions {
  readonly queue: JobQueue;
  /** Milliseconds of silence after which a job is asked for. */
  readonly silence: number;
  readonly maxLosses: number;
  readonly atMostOnce: boolean;
  /** The jobs that are not done. */
  jobs(): Iterable<SentJob>;
  /** Resolves when every reply has been taken that was there at this moment. */
  caughtUp(): Promise<void>;
  resend(job: SentJob): void;
  /** It waits, or runs: what lies beside it must not end before it does. */
  keep(job: SentJob): void;
}

/**
 * Asks what has become of jobs of which nothing is heard. Nobody writes a reply when a job has lost its workers too
 * often, or when Redis has lost the job.
 *
 * A worker writes the reply before its job ends. So the order here is: ask for the job's state, then take all replies that
 * are in the stream by then, and only then judge. A job that was gone and has no reply will never have one.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #suspects: Set<SentJob> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #passing = false;
  #again = false;
  #closed = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Begins to look at times. Its timers do not keep the process alive. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#pass(this.#silent()), this.#options.silence / 2).unref();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
  }

  /** Looks at all jobs that have been sent: the connection was lost. */
  all(): void {
    void this.#pass([...this.#options.jobs()].filter(({ state }) => state === "sent"));
  }

  /** Looks at one job until it is waiting or gone: a worker did not run it. */
  suspect(job: SentJob): void {
    this.#suspects.add(job);
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.#pass([...this.#suspects]);
    }, shortly).unref();
  }

  #silent(): SentJob[] {
    const since = performance.now() - this.#options.silence;
    return [...this.#options.jobs()].filter(({ state, heard }) => state === "sent" && heard < since);
  }

  async #pass(jobs: readonly SentJob[]): Promise<void> {
    if (jobs.length === 0 || this.#closed) return;
    if (this.#passing) {
      this.#again = true;
      return;
    }
    this.#passing = true;
    try {
      for (let at = 0; at < jobs.length; at += mostAsked) await this.#judge(jobs.slice(at, at + mostAsked));
    } catch {
      // The connection was lost meanwhile: there is another pass when it is back.
    }
    this.#passing = false;
    if (this.#again) {
      this.#again = false;
      this.all();
    }
  }

  async #judge(jobs: readonly SentJob[]): Promise<void> {
    const states = await Promise.all(jobs.map(({ id }) => this.#options.queue.state(id)));
    await this.#options.caughtUp();
    for (const [at, job] of jobs.entries()) {
      if (!job.done && job.state === "sent") this.#conclude(job, states[at] as JobState);
      if (states[at] !== "active") this.#suspects.delete(job);
      else if (this.#suspects.has(job)) this.suspect(job);
    }
  }

  #conclude(job: SentJob, state: JobState): void {
    const { queue, atMostOnce, maxLosses, resend } = this.#options;
    job.heard = performance.now();
    switch (state) {
      case "waiting":
      case "active":
        this.#options.keep(job);
        return;
      case "failed":
        queue.remove(job.id).catch(() => {});
        fail(
          job,
          () => new WorkerLostError(`${job.calls[0]?.name}: its worker was lost ${maxLosses + 1} times.`),
        );
        return;
      case "gone":
        if (this.#suspects.delete(job)) {
          // It has not run: its worker has said so.
          resend(job);
          return;
        }
        job.losses++;
        if (atMostOnce)
          fail(
            job,
            () => new JobLostError(`${job.calls[0]?.name}: Redis has lost the call, which may have run.`),
          );
        else if (job.losses > maxLosses)
          fail(
            job,
            () => new JobLostError(`${job.calls[0]?.name}: Redis has lost the call ${job.losses} times.`),
          );
        else resend(job);
    }
  }
}

/** One error for each call: a shared one would collect everybody's changes. */
function fail(job: SentJob, error: () => Error): void {
  for (const call of job.calls) if (!call.done()) call.setException(error());
}
