import type { Buffer } from "node:buffer";
import type { NewJob } from "../engine/bullmq.ts";
import { carriedHeader } from "../wire/carried.ts";
import { joinFrames } from "../wire/frames.ts";
import type { JobHeader } from "../wire/job-header.ts";
import { type AuthKey, jobMac } from "../wire/mac.ts";
import type { Call } from "./call.ts";

/** Bytes of arguments that lie in the job itself; larger ones have a key of their own, which nothing else reads. */
const mostInside = 64 * 1024;

/** BullMQ's priorities end here, and 1 is first. */
const lastPriority = 2 ** 21 - 1;
const middlePriority = 2 ** 20;

/** Calls that travel together, from when they are made into a job until each has its outcome. */
export class SentJob {
  readonly id: string;
  readonly calls: readonly Call<unknown>[];
  /** When it was sent for the last time, or heard of, in milliseconds of `performance.now()`. */
  heard = 0;
  /** How often it had to be sent again, since its worker or Redis had lost it. */
  losses = 0;
  /** Whether it has never left, is being sent to Redis, or has been taken there. */
  state: "waiting" | "leaving" | "sent" = "waiting";
  /** Places of calls that this executor has let go of: their outcomes are passed on to the code that asks. */
  readonly detached: Set<number> = new Set();
  readonly #job: NewJob;
  readonly #payload: Buffer | undefined;
  #open: number;

  /** @param common - what the executor says in each header. */
  constructor(
    id: string,
    calls: readonly Call<unknown>[],
    common: {
      readonly client: string;
      readonly authkey: AuthKey | undefined;
      readonly finish: boolean;
      readonly once: boolean;
    },
  ) {
    this.id = id;
    this.calls = calls;
    this.#open = calls.length;
    for (const [index, call] of calls.entries()) {
      call.job = this;
      call.index = index;
    }
    const [first] = calls as readonly [Call<unknown>];
    const { fn } = first.named;
    const code = fn instanceof Uint8Array ? [fn] : [];
    const payload = joinFrames([...code, ...calls.map(({ args }) => args.bytes)]);
    this.bytes = payload.byteLength;
    const inside = payload.byteLength <= mostInside;
    this.#payload = inside ? undefined : payload;
    const modules = modulesOf(calls);
    const { timeout, priority = 0, attempt, randomFrom } = first.options ?? {};
    const carried = carriedHeader(calls.map((call) => call.carried));
    const header: JobHeader = {
      v: 1,
      r: common.client,
      n: calls.length,
      ...(fn instanceof Uint8Array ? { c: 1 } : { f: { m: fn.module, p: fn.path } }),
      ...(first.grouping === "row" ? { k: 1 as const } : {}),
      ...(modules.length === 0 ? {} : { m: modules }),
      ...(timeout === undefined ? {} : { t: timeout }),
      ...(common.finish ? { o: 1 } : {}),
      ...(common.once ? { d: 1 } : {}),
      ...(attempt === undefined ? {} : { a: attempt }),
      ...(randomFrom === undefined ? {} : { s: randomFrom }),
      ...(carried === undefined ? {} : { x: carried }),
      ...(inside ? { b: payload.toString("base64") } : { g: payload.byteLength }),
    };
    const { authkey } = common;
    const data = authkey === undefined ? header : { ...header, h: jobMac(authkey, id, header, payload) };
    this.#job = { id, name: first.name, data, priority: priorityOf(priority) };
  }

  /** The name of the calls. */
  get name(): string {
    return this.#job.name;
  }

  get added(): NewJob {
    return this.#job;
  }

  /** Arguments that do not lie in the job itself. */
  get payload(): Buffer | undefined {
    return this.#payload;
  }

  /** Bytes of the arguments. */
  readonly bytes: number;

  /** Whether nobody waits for it any more. */
  get done(): boolean {
    return this.#open === 0;
  }

  /** One of its calls has its outcome, or nobody here waits for it any more. */
  callEnded(index: number): void {
    if (!this.detached.has(index)) this.#open--;
  }

  /** The outcome of a detached call has been passed on. */
  passedOn(index: number): void {
    if (this.detached.delete(index)) this.#open--;
  }
}

/** The modules that the arguments name: most name none. */
function modulesOf(calls: readonly Call<unknown>[]): readonly string[] {
  const modules = new Set<string>();
  for (const { args } of calls) for (const module of args.modules) modules.add(module);
  return [...modules];
}

/** Higher is sooner here, lower there. Each job has one: those without overtake all others. */
function priorityOf(priority: number): number {
  return Math.min(Math.max(middlePriority - Math.round(priority), 1), lastPriority);
}
