import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SerializationError, WorkerLostError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { keepTemporaryFolder, removeTemporaryFolder } from "@concurrent-futures/process/workers";
import { JobWorker, type TakenJob } from "../engine/bullmq.ts";
import { Membership } from "../presence/membership.ts";
import { connection, mostSilence, type Redis } from "../redis.ts";
import { Claims } from "../run/claim.ts";
import { loadModules } from "../run/run-call.ts";
import { type RunnerOptions, startRunner } from "../run/runner.ts";
import { checkServer } from "../server-check.ts";
import { version } from "../version.ts";
import type { JobHeader } from "../wire/job-header.ts";
import { type Keys, keysOf } from "../wire/keys.ts";
import { isSameMac, jobMac } from "../wire/mac.ts";
import { JobRun, openJob } from "./job-run.ts";
import { Leases } from "./leases.ts";
import { type CheckedWorkerOptions, checkWorkerOptions, type WorkerOptions } from "./options.ts";
import { ReplyWriter } from "./reply-writer.ts";
import { Stops } from "./stops.ts";

/** A worker that takes jobs from a queue, as {@link startWorker} gives it. */
export interface DistributedWorker extends AsyncDisposable {
  readonly id: string;
  readonly name: string;
  /** Takes no more jobs, waits for those that it has at most `drain` milliseconds, and ends its pool. */
  close(): Promise<void>;
}

/**
 * Starts a worker of a queue in this process: it takes calls of {@link DistributedExecutor}s and runs them in a pool of
 * processes. No user code runs in this process itself, so no task can keep it from saying that it lives.
 *
 * @returns the worker, when it takes jobs.
 * @throws ArgumentTypeError, ValueError for wrong options; SerializationError for a module that is not there; what a
 * module throws when it is imported; an error of the connection when Redis cannot be reached.
 *
 * @example
 * ```ts
 * await using worker = await startWorker({ redis: "redis://localhost", modules: ["./tasks.js"] });
 * ```
 */
export async function startWorker(options: WorkerOptions = {}): Promise<DistributedWorker> {
  const worker = new Worker(checkWorkerOptions(options));
  try {
    await worker.start();
  } catch (error) {
    await worker.close();
    throw error;
  }
  return worker;
}

class Worker implements DistributedWorker {
  readonly id: string = randomBytes(6).toString("hex");
  readonly name: string;
  readonly #options: CheckedWorkerOptions;
  readonly #keys: Keys;
  readonly #redis: Redis;
  readonly #pool: ProcessPoolExecutor;
  readonly #jobs: JobWorker;
  readonly #membership: Membership;
  readonly #leases: Leases;
  readonly #stops: Stops;
  readonly #running: Map<string, JobRun> = new Map();
  readonly #folder: string = keepTemporaryFolder("A worker");
  readonly #claims: Claims = new Claims(join(this.#folder, "rows"));
  #closing: Promise<void> | undefined;

  constructor(options: CheckedWorkerOptions) {
    this.#options = options;
    this.#keys = keysOf(options.queue);
    this.name = options.name ?? `${hostname()}:${process.pid}`;
    const runner: RunnerOptions = {
      root: options.names.root,
      modules: options.modules,
      packages: options.packages,
      folders: options.folders,
      maxPayload: options.maxPayload,
      authkey: options.authkey,
    };
    this.#pool = new ProcessPoolExecutor({
      maxWorkers: options.slots,
      mpContext: options.context,
      initializer: startRunner,
      initargs: [runner],
    });
    this.#redis = connection(options.redis, `cf-worker-${this.id}`, mostSilence);
    this.#leases = new Leases(this.#redis, this.#keys);
    this.#stops = new Stops(this.#redis.duplicate(), this.#keys, (job, index) =>
      this.#running.get(job)?.stop(index),
    );
    this.#membership = new Membership(
      this.#redis,
      this.#keys,
      `worker:${this.id}`,
      this.#keys.worker(this.id),
      Math.max(options.workerLostAfter, 1_000),
      () => JSON.stringify(this.#info()),
    );
    this.#jobs = new JobWorker(this.#redis, options.queue, this.#keys, {
      concurrency: options.slots,
      workerLostAfter: options.workerLostAfter,
      maxWorkerLosses: options.maxWorkerLosses,
      run: (job) => this.#run(job),
      lost: (ids) => {
        for (const id of ids) this.#running.get(id)?.abandon();
      },
    });
  }

  async start(): Promise<void> {
    await connected(this.#redis);
    await checkServer(this.#redis);
    const { modules } = this.#options;
    if (modules !== undefined) await this.#pool.submit(loadModules, modules);
    await this.#stops.start();
    await this.#membership.enter();
    await this.#jobs.start();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { drain } = this.#options;
    const drained = this.#jobs.close();
    const handBack = (): void => {
      for (const run of this.#running.values()) run.abandon();
    };
    const stop = drain === undefined ? undefined : new Deadline(drain).whenPassed(handBack);
    const cutOff = new AbortController();
    await Promise.race([drained, this.#cutOff(cutOff.signal)]);
    cutOff.abort();
    stop?.();
    await this.#pool.shutdown();
    this.#claims.close();
    removeTemporaryFolder(this.#folder);
    if (this.#redis.status === "ready") await this.#membership.leave().catch(() => {});
    this.#stops.close();
    this.#redis.disconnect();
  }

  /** @throws SerializationError for a job that is not proved to come from an executor with this key, or has code */
  #checkProof(job: TakenJob, header: JobHeader, payload: Uint8Array): void {
    const { authkey, allowCode } = this.#options;
    if (authkey !== undefined && !isSameMac(jobMac(authkey, job.id, header, payload), header.h)) {
      throw new SerializationError(
        "This call does not prove that it comes from an executor with the worker's `authkey`. Give both the same.",
      );
    }
    if (header.c === 1 && !allowCode) {
      throw new SerializationError(
        "This worker takes no functions by value: it was started without `allowCode`.",
      );
    }
  }

  /** Resolves when nothing runs here and Redis is not there to be told so: its jobs will be found to have lost their worker. */
  async #cutOff(signal: AbortSignal): Promise<void> {
    for (let looks = 0; looks < 8 && !signal.aborted; looks++) {
      if (this.#running.size > 0 || this.#redis.status === "ready") looks = 0;
      await sleep(250);
    }
  }

  #info(): object {
    const { slots, modules } = this.#options;
    return {
      id: this.id,
      name: this.name,
      pid: process.pid,
      host: hostname(),
      node: process.version,
      version,
      slots,
      modules: modules ?? null,
    };
  }

  /** Whether somebody is there to take the outcome, or will be. */
  async #isWanted(job: string, { o, r }: JobHeader): Promise<boolean> {
    return o === 1 || (await this.#leases.has(r)) || (await this.#leases.isDetached(job));
  }

  /** One job, from when it was taken until it has been answered. Never rejects: a job that fails here does not make its call fail. */
  async #run(job: TakenJob): Promise<"done" | "hand back"> {
    const opened = await openJob(job, (id) => this.#redis.getBuffer(this.#keys.payload(id))).catch(
      () => undefined,
    );
    // Nobody can be told of what is not a job of ours.
    if (opened === undefined) return "done";
    const { header } = opened;
    const replies = new ReplyWriter(this.#redis, this.#keys, {
      client: header.r,
      job: job.id,
      worker: this.id,
      authkey: this.#options.authkey,
    });
    const run = new JobRun(job, header, replies, this.#claims);
    this.#running.set(job.id, run);
    try {
      if (header.d === 1 && job.starts > 1)
        run.refuse(new WorkerLostError(`${job.name}: its worker was lost, and it must not run twice.`));
      else if (!(await this.#isWanted(job.id, header))) run.drop();
      else {
        const payload = await opened.payload();
        this.#checkProof(job, header, payload);
        await run.run(this.#pool, payload);
      }
    } catch (error) {
      run.refuse(error);
    } finally {
      await replies.settled();
      this.#running.delete(job.id);
    }
    return run.abandoned ? "hand back" : "done";
  }
}

/** Resolves when there is a connection. @throws why the first attempt fails: only later is another one worth waiting for */
async function connected(redis: Redis): Promise<void> {
  if (redis.status !== "ready") await once(redis, "ready");
}
