import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isScriptLoaded } from "@concurrent-futures/callable";
import { type Future, RuntimeError } from "@concurrent-futures/core";
import { forgetShare } from "@concurrent-futures/core/reported-progress";
import { JobQueue } from "../engine/bullmq.ts";
import { Membership, membersOf } from "../presence/membership.ts";
import { type WorkerInfo, workersOf } from "../presence/worker-info.ts";
import { connection, mostSilence, type Redis } from "../redis.ts";
import { isOutcome } from "../wire/frames.ts";
import { detachedLife, type Keys, keysOf, replyLife } from "../wire/keys.ts";
import { NamedModules } from "../wire/named-modules.ts";
import { stopMessage } from "../worker/stops.ts";
import { Activity } from "./activity.ts";
import { Attachments, detachedId } from "./attachments.ts";
import { briefly } from "./briefly.ts";
import { Bundling } from "./bundling.ts";
import type { Call } from "./call.ts";
import { Entry } from "./entry.ts";
import { Inbox } from "./inbox.ts";
import { Liveliness } from "./liveliness.ts";
import type { CheckedDistributedOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { Reconciler } from "./reconciler.ts";
import { idAfter, type Reply, ReplyReader } from "./reply-reader.ts";
import { SentJob } from "./sent-job.ts";
import { Watchdog } from "./watchdog.ts";

/** An executor's connections, and the jobs that are in flight. */
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
  readonly #entry: Entry;
  readonly #watchdog: Watchdog;
  readonly #liveliness: Liveliness;
  readonly #attachments: Attachments;
  readonly #bundling: Bundling = new Bundling();
  readonly #calls: Set<Call<unknown>> = new Set();
  readonly #jobs: Map<string, SentJob> = new Map();
  readonly #whenIdle: (() => void)[] = [];
  #number = 0;

  constructor(options: CheckedDistributedOptions) {
    this.#options = options;
    this.#keys = keysOf(options.queue);
    this.#redis = connection(options.redis, `cf-${this.client}`, mostSilence);
    this.#reading = connection(options.redis, `cf-${this.client}-replies`);
    this.#liveliness = new Liveliness([this.#redis, this.#reading]);
    this.#redis.on("ready", () => this.#reconnected());
    const inbox = new Inbox({
      authkey: options.authkey,
      modules: new NamedModules(options.names, options.authkey, isScriptLoaded),
      activity: this.activity,
      bundling: this.#bundling,
      job: (id) => this.#jobs.get(id),
      passOn: (job, reply) => this.#passOn(job, reply),
      notRun: (job) => this.#notRun(job),
    });
    this.#queue = new JobQueue(this.#redis, options.queue, this.#keys);
    const refused = (job: SentJob, error: unknown): void => {
      job.detached.clear();
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
    this.#reader = new ReplyReader(this.#reading, stream, trim, async (reply) => {
      await inbox.take(reply);
      this.#outbox.moreKnown();
    });
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
      keep: (job) => {
        if (job.payload !== undefined)
          this.#redis.pexpire(this.#keys.payload(job.id), replyLife).catch(() => {});
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
    const fail = (error: () => Error): void => {
      for (const call of [...this.#calls]) {
        call.setException(error());
        this.stop(call);
      }
    };
    this.#entry = new Entry(this.#redis, this.#membership, fail);
    this.#attachments = new Attachments({
      keys: this.#keys,
      queue: this.#queue,
      redis: this.#redis,
      connect: () => this.#redis.duplicate(),
      sent: () => this.#detachedSent(),
      silence: options.workerLostAfter,
      settle: (future, index, reply) => inbox.settleAttached(future, index, reply),
      changed: (count) => {
        this.#liveliness.add(count);
        if (count === -1) this.#wakeIdle();
      },
    });
    this.#watchdog = new Watchdog({
      ...options,
      connected: () => this.#redis.status === "ready",
      pending: () => this.#calls.size > 0,
      hasWorkers: async () => (await membersOf(this.#redis, this.#keys, "worker")).length > 0,
      fail,
    });
  }

  /** Sends a call, alone or with others of its kind. */
  send(call: Call<unknown>): void {
    this.#calls.add(call);
    if (this.#calls.size === 1) this.#liveliness.add(1);
    call.addDoneCallback(() => this.#ended(call));
    // Before the first job, on the same connection: workers ask for it.
    const unfit = this.#entry.make();
    if (unfit !== undefined) {
      call.setException(unfit());
      return;
    }
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

  /** Lets go of a call, which goes on; its outcome is kept for code that asks by this id. */
  detach(call: Call<unknown>): string {
    const job = call.job ?? this.#outbox.sendAlone(call);
    job.detached.add(call.index);
    // Before the job where it has not left: the same connection keeps the order.
    this.#redis.set(this.#keys.detached(job.id), "1", "PX", detachedLife).catch(() => {});
    void this.#liveliness.during(this.#detachedSent());
    call.setCancelled(
      new RuntimeError("This executor has detached the call: attach() returns another future for it."),
    );
    return detachedId(job.id, call.index, job.calls.length);
  }

  /** @throws ValueError for values that are not ids */
  attach(id: string): Future<unknown> {
    return this.#attachments.attach(id);
  }

  /** The calls that are not done. */
  get unfinished(): ReadonlySet<Call<unknown>> {
    return this.#calls;
  }

  /** Cancels what has not been seen to run. A detached call stays as it is: only the looking for its outcome ends. */
  cancelAll(): void {
    for (const call of [...this.#calls]) call.cancel();
    this.#attachments.letGo();
  }

  /** The workers of the queue that live. */
  workers(): Promise<WorkerInfo[]> {
    return this.#liveliness.during(workersOf(this.#redis, this.#keys));
  }

  /** Resolves when the jobs have left in which calls are detached, or there has been no connection for too long. */
  async #detachedSent(): Promise<void> {
    const until = performance.now() + (this.#options.connectionLostAfter ?? Number.POSITIVE_INFINITY);
    const isLeft = ({ detached, state }: SentJob): boolean => detached.size > 0 && state !== "sent";
    while ([...this.#jobs.values()].some(isLeft) && performance.now() < until) await sleep(5);
  }

  /** Resolves when no call is pending. */
  async idle(): Promise<void> {
    while (this.#calls.size + this.#attachments.futures.length > 0) {
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    }
    await this.#detachedSent();
  }

  /** Leaves the queue and lets go of the connections. Nothing of this executor stays in Redis. */
  async close(): Promise<void> {
    this.activity.closed();
    this.#outbox.close();
    this.#reader.close();
    this.#reconciler.close();
    this.#watchdog.close();
    this.#attachments.close();
    if (this.#entry.isMade && this.#redis.status === "ready") {
      // Outcomes of detached calls will come, or wait there.
      const stream = this.#keys.reply(this.client);
      const isWanted = [...this.#jobs.values()].some(({ detached }) => detached.size > 0);
      const left = isWanted ? this.#redis.pexpire(stream, replyLife) : this.#redis.del(stream);
      const cleaned = left.then(() => this.#membership.leave()).catch(() => {});
      await briefly(cleaned);
    }
    await briefly(this.#queue.close().catch(() => {}));
    this.#redis.disconnect();
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
    forgetShare(call);
    this.#calls.delete(call);
    const { job } = call;
    job?.callEnded(call.index);
    if (job?.done === true) this.#forget(job);
    if (this.#calls.size > 0) return;
    this.#liveliness.add(-1);
    this.#watchdog.rest();
    this.#wakeIdle();
  }

  #forget(job: SentJob): void {
    this.#jobs.delete(job.id);
    if (job.payload !== undefined) this.#redis.del(this.#keys.payload(job.id)).catch(() => {});
  }

  #wakeIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Keeps a reply for who attaches: this executor's stream is read and cut by itself alone. */
  #passOn(job: SentJob, { frames, fields }: Reply): void {
    const passed = frames.filter((frame) => isOutcome(frame) && job.detached.has(frame.index));
    if (passed.length === 0) return;
    const stream = this.#keys.reply(job.id);
    this.#redis.xadd(stream, "*", ...fields).catch(() => {});
    this.#redis.pexpire(stream, replyLife).catch(() => {});
    for (const { index } of passed) job.passedOn(index);
    if (job.done) this.#forget(job);
  }

  /** Redis may have lost what it had, the lease first of all. */
  #reconnected(): void {
    if (this.#calls.size === 0 || !this.#entry.isMade) return;
    this.#membership.renew().catch(() => {});
    this.#reconciler.all();
  }

  /** A worker took this executor for gone, since its lease was lost or this thread was blocked. */
  #notRun(job: SentJob): void {
    this.#membership.renew().catch(() => {});
    this.#reconciler.suspect(job);
  }
}
