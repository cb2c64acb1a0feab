import { createRequire } from "node:module";
import type { Job, Queue, Worker } from "bullmq";
import type { Redis } from "../redis.ts";
import type { Keys } from "../wire/keys.ts";

/** The only file that knows BullMQ: the jobs of a queue, seen from both ends. */

let loaded: typeof import("bullmq") | undefined;

/** Loaded when a queue is opened: importing this package costs nothing. */
function bullmq(): typeof import("bullmq") {
  loaded ??= createRequire(import.meta.url)("bullmq") as typeof import("bullmq");
  return loaded;
}

/** A job to be added. */
export interface NewJob {
  /** `<client>-<number>`: adding it a second time does nothing while it is there. */
  readonly id: string;
  readonly name: string;
  readonly data: object;
  /** 1 is first. */
  readonly priority: number;
}

/** What has become of a job; `gone` when it has ended well, was removed, or was never there. */
export type JobState = "waiting" | "active" | "failed" | "gone";

/** BullMQ's event stream, which nobody here reads. Its own look at the server is left out below: ours says more, and says it once. */
const fewEvents = { events: { maxLen: 100 } };

/** The queue, for an executor. */
export class JobQueue {
  readonly #queue: Queue;

  constructor(redis: Redis, queue: string, keys: Keys) {
    this.#queue = new (bullmq().Queue)(queue, {
      connection: redis,
      prefix: keys.prefix,
      streams: fewEvents,
      skipWaitingForReady: true,
      skipVersionCheck: true,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: false, stackTraceLimit: 0 },
    });
    // The connection reconnects by itself; what was asked for meanwhile waits or rejects.
    this.#queue.on("error", () => {});
  }

  /** Adds jobs in one transaction. */
  async add(jobs: readonly NewJob[]): Promise<void> {
    await this.#queue.addBulk(
      jobs.map(({ id, name, data, priority }) => ({ name, data, opts: { jobId: id, priority } })),
    );
  }

  async state(id: string): Promise<JobState> {
    const state = await this.#queue.getJobState(id);
    if (state === "active" || state === "failed") return state;
    return state === "completed" || state === "unknown" ? "gone" : "waiting";
  }

  /** Takes a job out that has not begun, or has ended. */
  async remove(id: string): Promise<void> {
    await this.#queue.remove(id);
  }

  close(): Promise<void> {
    return this.#queue.close();
  }
}

/** A job that a worker has taken. */
export interface TakenJob {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  /** How often it has been begun, this time included. */
  readonly starts: number;
}

/** How jobs are taken. */
export interface JobWorkerOptions {
  readonly concurrency: number;
  /** Milliseconds without a sign of life after which a worker's jobs are given to others. */
  readonly workerLostAfter: number;
  /** How often a job may lose its worker. */
  readonly maxWorkerLosses: number;
  /** Runs one job; never rejects. `"hand back"` gives it to another worker. */
  run(job: TakenJob): Promise<"done" | "hand back">;
  /** These jobs have been given to others, since this worker has not renewed its hold on them in time. */
  lost(ids: readonly string[]): void;
}

/** The queue, for a worker. */
export class JobWorker {
  readonly #worker: Worker;

  constructor(redis: Redis, queue: string, keys: Keys, options: JobWorkerOptions) {
    const process = async (job: Job, token?: string): Promise<void> => {
      if ((await options.run(taken(job))) === "done") return;
      await job.moveToWait(token);
      throw new (bullmq().WaitingError)();
    };
    this.#worker = new (bullmq().Worker)(queue, process, {
      connection: redis,
      prefix: keys.prefix,
      autorun: false,
      skipVersionCheck: true,
      concurrency: options.concurrency,
      lockDuration: options.workerLostAfter,
      stalledInterval: options.workerLostAfter / 2,
      maxStalledCount: options.maxWorkerLosses,
      // What follows a failure to fetch: the connection has its own patience.
      runRetryDelay: 1_000,
      drainDelay: 5,
    });
    this.#worker.on("error", () => {});
    this.#worker.on("lockRenewalFailed", (ids: string[]) => options.lost(ids));
  }

  /** Begins to take jobs, once connected. */
  async start(): Promise<void> {
    await this.#worker.waitUntilReady();
    this.#worker.run().catch(() => {});
  }

  /** How many jobs it has at a time. */
  set concurrency(count: number) {
    if (this.#worker.concurrency !== count) this.#worker.concurrency = count;
  }

  /** Takes no more jobs; resolves when those that it has are done. */
  close(): Promise<void> {
    return this.#worker.close();
  }
}

function taken(job: Job): TakenJob {
  return { id: job.id ?? "", name: job.name, data: job.data, starts: job.attemptsStarted };
}
