import { randomBytes } from "node:crypto";
import { isScriptLoaded } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { JobQueue } from "../engine/bullmq.ts";
import { Membership, membersOf } from "../presence/membership.ts";
import { type WorkerInfo, workersOf } from "../presence/worker-info.ts";
import { connection, keepAlive, type Redis } from "../redis.ts";
import { type Keys, keysOf } from "../wire/keys.ts";
import { isSameMac, replyMac } from "../wire/mac.ts";
import { NamedModules } from "../wire/values.ts";
import { stopMessage } from "../worker/stops.ts";
import { Activity } from "./activity.ts";
import { Bundling } from "./bundling.ts";
import type { Call } from "./call.ts";
import type { CheckedDistributedOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { Reconciler } from "./reconciler.ts";
import { idAfter, type Reply, ReplyReader } from "./reply-reader.ts";
import { SentJob } from "./sent-job.ts";
import { settle } from "./settle.ts";
import { Watchdog } from "./watchdog.ts";

/** Milliseconds that a shutdown gives Redis for cleaning up; keys that it leaves have a limit to their lives. */
const cleaningTime = 2_000;

/** An executor's connections, and the jobs that are on their way. */
export class Link {
  readonly activity: Activity = new Activity();
  readonly client: string = `c${randomBytes(8).toString("hex")}`;
  readonly #options: CheckedDistributedOptions;
  readonly #keys: Keys;
  readonly #redis: Redis;
  readonly #reading: Redis;
  readonly #queue: JobQueue;
  readonly #outbox: Outbox;
  readonly #reader: ReplyReader;
  readonly #reconciler: Reconciler;
  readonly #membership: Membership;
  readonly #watchdog: Watchdog;
  readonly #modules: NamedModules;
  readonly #bundling: Bundling = new Bundling();
  readonly #calls: Set<Call<unknown>> = new Set();
  readonly #jobs: Map<string, SentJob> = new Map();
  readonly #whenIdle: (() => void)[] = [];
  #entered: Promise<void> | undefined;
  // Questions that are under way, which keep the process alive as calls do.
  #asking = 0;
  #number = 0;

  constructor(options: CheckedDistributedOptions) {
    this.#options = options;
    this.#keys = keysOf(options.queue);
    this.#redis = connection(options.redis, `cf-${this.client}`);
    this.#reading = connection(options.redis, `cf-${this.client}-replies`);
    for (const redis of [this.#redis, this.#reading]) {
      redis.on("error", () => {});
      redis.on("ready", () => keepAlive(redis, this.#calls.size > 0));
    }
    this.#redis.on("ready", () => this.#reconnected());
    this.#modules = new NamedModules(options.names, isScriptLoaded);
    this.#queue = new JobQueue(this.#redis, options.queue, this.#keys);
    const refused = (job: SentJob, error: unknown): void => {
      for (const call of job.calls) if (!call.done()) call.setException(error);
    };
    this.#outbox = new Outbox(
      this.#redis,
      this.#keys,
      this.#queue,
      this.#bundling,
      (calls) => this.#makeJob(calls),
      refused,
    );
    const stream = this.#keys.reply(this.client);
    const trim = (last: string): void => {
      this.#redis.xtrim(stream, "MINID", idAfter(last)).catch(() => {});
    };
    this.#reader = new ReplyReader(this.#reading, stream, trim, (reply) => this.#take(reply));
    this.#reconciler = new Reconciler({
      queue: this.#queue,
      silence: options.workerLostAfter,
      maxLosses: options.maxWorkerLosses,
      atMostOnce: options.delivery === "at-most-once",
      jobs: () => this.#jobs.values(),
      caughtUp: () => this.#reader.caughtUp(this.#redis),
      resend: (job) => {
        // What lost the job has lost the lease as well.
        this.#membership.renew().catch(() => {});
        this.#outbox.resend(job);
      },
    });
    this.#membership = new Membership(
      this.#redis,
      this.#keys,
      `client:${this.client}`,
      this.#keys.lease(this.client),
      options.orphanAfter,
      () => "1",
    );
    this.#watchdog = new Watchdog({
      ...options,
      connected: () => this.#redis.status === "ready",
      pending: () => this.#calls.size > 0,
      hasWorkers: async () => (await membersOf(this.#redis, this.#keys, "worker")).length > 0,
      fail: (error) => {
        for (const call of [...this.#calls]) {
          call.setException(error());
          this.stop(call);
        }
      },
    });
  }

  /** Calls that are not done. */
  get pending(): number {
    return this.#calls.size;
  }

  /** Sends a call, alone or with others of its kind. */
  send(call: Call<unknown>): void {
    this.#calls.add(call);
    if (this.#calls.size === 1) this.#keepAlive(true);
    call.addDoneCallback(() => this.#ended(call));
    // Before the first job, on the same connection: workers ask for it.
    this.#entered ??= this.#membership.enter().catch(() => {});
    this.#reader.start();
    this.#reconciler.start();
    this.#watchdog.start();
    this.#outbox.add(call);
  }

  /** Has a call stopped that has been sent. */
  stop(call: Call<unknown>): void {
    const { job } = call;
    if (job === undefined || job.state === "waiting") return;
    if (job.done) this.#queue.remove(job.id).catch(() => {});
    // Rows of a map are stopped together.
    else if (call.grouping === "row") return;
    this.#redis.publish(this.#keys.stop, stopMessage(job.id, call.index)).catch(() => {});
  }

  /** The calls that are not done. */
  get unfinished(): ReadonlySet<Call<unknown>> {
    return this.#calls;
  }

  /** The workers of the queue that live. */
  workers(): Promise<WorkerInfo[]> {
    this.#asking++;
    this.#keepAlive(true);
    return workersOf(this.#redis, this.#keys).finally(() => {
      this.#asking--;
      this.#keepAlive(this.#calls.size + this.#asking > 0);
    });
  }

  /** Resolves when no call is pending. */
  idle(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Leaves the queue and lets go of the connections. Nothing of this executor stays in Redis. */
  async close(): Promise<void> {
    this.#outbox.close();
    this.#reader.close();
    this.#reconciler.close();
    this.#watchdog.close();
    if (this.#entered !== undefined && this.#redis.status === "ready") {
      const cleaned = this.#redis
        .del(this.#keys.reply(this.client))
        .then(() => this.#membership.leave())
        .catch(() => {});
      await briefly(cleaned);
    }
    await briefly(this.#queue.close().catch(() => {}));
    this.#redis.disconnect();
  }

  #keepAlive(keep: boolean): void {
    keepAlive(this.#redis, keep);
    keepAlive(this.#reading, keep);
  }

  #makeJob(calls: readonly Call<unknown>[]): SentJob {
    const { authkey, orphans, delivery } = this.#options;
    const job = new SentJob(`${this.client}-${++this.#number}`, calls, {
      client: this.client,
      authkey,
      finish: orphans === "finish",
      once: delivery === "at-most-once",
    });
    this.#jobs.set(job.id, job);
    return job;
  }

  #ended(call: Call<unknown>): void {
    this.activity.settled(call);
    this.#calls.delete(call);
    const { job } = call;
    job?.callEnded();
    if (job?.done === true) {
      this.#jobs.delete(job.id);
      if (job.payload !== undefined) this.#redis.del(this.#keys.payload(job.id)).catch(() => {});
    }
    if (this.#calls.size > 0) return;
    this.#keepAlive(this.#asking > 0);
    this.#watchdog.rest();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Redis may have lost what it had, the lease first of all. */
  #reconnected(): void {
    if (this.#calls.size === 0 || this.#entered === undefined) return;
    this.#membership.renew().catch(() => {});
    this.#reconciler.all();
  }

  /** A worker took this executor for gone, since its lease was lost or this thread was blocked. */
  #notRun(job: SentJob): void {
    this.#membership.renew().catch(() => {});
    this.#reconciler.suspect(job);
  }

  #isProved({ job, worker, modulesText, bytes, mac }: Reply): boolean {
    const { authkey } = this.#options;
    return authkey === undefined || isSameMac(replyMac(authkey, job, worker, modulesText, bytes), mac);
  }

  async #take(reply: Reply): Promise<void> {
    const job = this.#jobs.get(reply.job);
    if (job === undefined) return;
    job.heard = performance.now();
    if (!this.#isProved(reply)) {
      for (const { index, kind } of reply.frames) {
        const call = job.calls[index];
        if (call?.done() === false && kind !== "started") call.setException(unproved());
      }
      return;
    }
    if (!this.#modules.has(reply.modules)) await this.#modules.load(reply.modules);
    for (const frame of reply.frames) {
      const call = job.calls[frame.index];
      if (call === undefined || call.done()) continue;
      if (frame.kind === "not run") this.#notRun(job);
      else {
        const failed = frame.kind === "error";
        if (failed || frame.kind === "result") {
          this.activity.ran(call, reply.worker, failed, frame.microseconds);
          this.#bundling.ran(call, frame.microseconds);
        }
        settle(call, frame, this.#modules);
      }
    }
    this.#outbox.moreKnown();
  }
}

/** Waits for work that ends by itself, but not for ever. */
async function briefly(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, cleaningTime);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

function unproved(): SerializationError {
  return new SerializationError(
    "The reply to this call does not prove that it comes from a worker with this executor's `authkey`. Give both the same.",
  );
}
