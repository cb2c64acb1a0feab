import { Buffer } from "node:buffer";
import { encodeForNetwork } from "@concurrent-futures/callable/network";
import { type Future, SerializationError } from "@concurrent-futures/core";
import { sharesOf } from "@concurrent-futures/core/reported-progress";
import type { ProcessPoolExecutor } from "@concurrent-futures/process";
import type { TakenJob } from "../engine/bullmq.ts";
import type { Claims } from "../run/claim.ts";
import { runCall } from "../run/run-call.ts";
import type { Outcome, RunnableCall } from "../run/runner.ts";
import { carriedAt } from "../wire/carried.ts";
import { firstFrame, progressFrame, splitFrames } from "../wire/frames.ts";
import { checkHeader, type JobHeader } from "../wire/job-header.ts";
import type { ReplyWriter } from "./reply-writer.ts";
import { RowsRun } from "./rows-run.ts";

/** Milliseconds after which an executor is told that a call runs: shorter ones are over before it could ask. */
const worthTelling = 30;

const nothing = new Uint8Array();

/** One job on this machine: its calls go to the pool undecoded, each by itself, and come back as replies. */
export class JobRun {
  readonly header: JobHeader;
  readonly #name: string;
  readonly #claims: Claims;
  readonly #replies: ReplyWriter;
  readonly #futures: (Future<Outcome> | undefined)[] = [];
  #rows: RowsRun | undefined;
  #code: Uint8Array | undefined;
  #abandoned = false;

  /** @param claims - where processes note which row they are at. */
  constructor(job: TakenJob, header: JobHeader, replies: ReplyWriter, claims: Claims) {
    this.#claims = claims;
    this.header = header;
    this.#name = job.name;
    this.#replies = replies;
  }

  /** Runs all calls. Resolves when each has its reply. @throws SerializationError for what is not their arguments */
  async run(pool: ProcessPoolExecutor, payload: Buffer): Promise<void> {
    let calls = payload;
    if (this.header.c === 1) {
      const [code, rest] = firstFrame(payload);
      this.#code = new Uint8Array(code);
      calls = rest;
    }
    if (this.header.k === 1) await this.#runRows(pool, calls);
    else await this.#runCalls(pool, splitFrames(calls, this.header.n));
  }

  async #runCalls(pool: ProcessPoolExecutor, frames: readonly Buffer[]): Promise<void> {
    const { t: timeout } = this.header;
    const executor = timeout === undefined ? pool : pool.withOptions({ timeout });
    const running = frames.map((bytes, index) => this.#runOne(executor as ProcessPoolExecutor, bytes, index));
    const told = setInterval(() => this.#tell(), worthTelling);
    await Promise.all(running);
    clearInterval(told);
    this.#replies.flush();
  }

  /** Gives each call this error. */
  refuse(error: unknown): void {
    for (let index = 0; index < this.header.n; index++) this.#fail(index, error);
    this.#replies.flush();
  }

  /** None of the calls is to run: their executor is gone. */
  drop(): void {
    for (let index = 0; index < this.header.n; index++)
      this.#replies.add({ kind: "not run", index, bytes: nothing, microseconds: 0 });
    this.#replies.flush();
  }

  /** Stops one call by force; its executor does not want its outcome. Rows of a map are only wanted together. */
  stop(index: number): void {
    this.#rows?.stop();
    this.#futures[index]?.cancel({ force: true });
  }

  /** Whether this worker says nothing more of the job. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** Stops all calls, and says nothing more of them: another worker has the job, or will get it. */
  abandon(): void {
    this.#abandoned = true;
    this.#replies.close();
    this.#rows?.abandon();
    for (const future of this.#futures) future?.cancel({ force: true });
  }

  /** What was last said of the calls: -1 that they run, else how far they are. */
  readonly #told: Map<number, number> = new Map();

  /** Says that calls run, and how far those are that say it themselves. */
  #tell(): void {
    for (const [index, future] of this.#futures.entries()) {
      if (future?.running() === true)
        this.#tellOf(
          index,
          sharesOf((owner) => owner === future),
        );
    }
    const row = this.#rows?.underWay();
    if (row !== undefined) this.#tellOf(row.index, row.share);
  }

  #tellOf(index: number, share: number): void {
    const told = this.#told.get(index);
    if (told === undefined) this.#replies.add({ kind: "started", index, bytes: nothing, microseconds: 0 });
    if (share > 0 && share !== told) this.#replies.add(progressFrame(index, share));
    this.#told.set(index, share);
  }

  async #runRows(pool: ProcessPoolExecutor, rows: Buffer): Promise<void> {
    this.#rows = new RowsRun(rows, this.header.n, {
      pool,
      call: this.#callAt(0),
      carried: this.header.x,
      claims: this.#claims,
      once: this.header.d === 1,
      done: ({ bytes, modules }) => this.#replies.addJoined(bytes, modules),
      failed: (row, error) => {
        if (!this.#abandoned) this.#fail(row, error);
      },
    });
    const told = setInterval(() => this.#tell(), worthTelling);
    await this.#rows.run();
    clearInterval(told);
    this.#replies.flush();
  }

  async #runOne(pool: ProcessPoolExecutor, bytes: Buffer, index: number): Promise<void> {
    try {
      // A copy without the rest of the job, which would travel with it.
      const future = pool.submit(runCall, this.#callAt(index), new Uint8Array(bytes));
      this.#futures[index] = future;
      const { failed, bytes: reply, modules, microseconds } = await future;
      const kind = failed ? "error" : "result";
      if (!this.#abandoned) this.#replies.add({ kind, index, bytes: reply, microseconds }, modules);
    } catch (error) {
      if (!this.#abandoned) this.#fail(index, error);
    } finally {
      this.#futures[index] = undefined;
    }
  }

  #callAt(index: number): RunnableCall {
    const { f, m = [], a = 1, s, x } = this.header;
    return {
      name: this.#name,
      fn: f === undefined ? (this.#code as Uint8Array) : { module: f.m, path: f.p },
      modules: m,
      attempt: a,
      carried: carriedAt(x, index),
      randomFrom: s === undefined ? undefined : [s[0], s[1] + index],
    };
  }

  #fail(index: number, error: unknown): void {
    const bytes = encodeForNetwork(error, { name: "the error" });
    this.#replies.add({ kind: "error", index, bytes, microseconds: 0 });
  }
}

/** A job's header and arguments. @throws SerializationError when it is none of ours, or its arguments are gone */
export async function openJob(
  job: TakenJob,
  payloadOf: (id: string) => Promise<Buffer | null>,
): Promise<{ readonly header: JobHeader; payload(): Promise<Buffer> }> {
  const header = checkHeader(job.data);
  if (!job.id.startsWith(`${header.r}-`)) {
    throw new SerializationError(`Expected a job of ${header.r}, got ${JSON.stringify(job.id)}.`);
  }
  return {
    header,
    payload: async () => {
      if (header.b !== undefined) return Buffer.from(header.b, "base64");
      const stored = await payloadOf(job.id);
      if (stored !== null) return stored;
      throw new SerializationError("The arguments of this call are not in Redis any more.");
    },
  };
}
