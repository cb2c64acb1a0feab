import { type Future, SerializationError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";
import { isOutcome } from "../wire/frames.ts";
import { type AuthKey, isSameMac, replyMac } from "../wire/mac.ts";
import type { NamedModules } from "../wire/named-modules.ts";
import type { Activity } from "./activity.ts";
import type { Bundling } from "./bundling.ts";
import type { Call } from "./call.ts";
import type { Reply } from "./reply-reader.ts";
import type { SentJob } from "./sent-job.ts";
import { settle } from "./settle.ts";

/** Longest preview of a call's arguments, in characters. */
const longestPreview = 80;

/** What taking replies needs and tells. */
export interface InboxOptions {
  readonly authkey: AuthKey | undefined;
  readonly modules: NamedModules;
  readonly activity: Activity;
  readonly bundling: Bundling;
  /** The job of this name that is in flight. */
  job(id: string): SentJob | undefined;
  /** A reply has calls in it that this executor has let go of. */
  passOn(job: SentJob, reply: Reply): void;
  /** A worker took this executor for gone, since its lease was lost or this thread was blocked. */
  notRun(job: SentJob): void;
}

/** Replies of workers, before they settle futures: only what is proved is believed, and only what is loaded here is named. */
export class Inbox {
  readonly #options: InboxOptions;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** For those who listen: the arguments as they were sent, read again. */
  readonly #argumentOf = (call: Call<unknown>): string => {
    try {
      const args = this.#options.modules.decode(call.args.bytes) as unknown[];
      return args.map(describeValue).join(", ").slice(0, longestPreview);
    } catch {
      return "";
    }
  };

  /** Takes one reply. Never rejects. */
  async take(reply: Reply): Promise<void> {
    const { activity, bundling, modules, passOn, notRun } = this.#options;
    const job = this.#options.job(reply.job);
    if (job === undefined) return;
    job.heard = performance.now();
    if (job.detached.size > 0) passOn(job, reply);
    if (!this.#isProved(reply)) {
      for (const frame of reply.frames) {
        const call = job.calls[frame.index];
        if (call?.done() === false && (isOutcome(frame) || frame.kind === "not run"))
          call.setException(unproved());
      }
      return;
    }
    if (!modules.has(reply.modules)) await modules.load(reply.modules);
    const { worker, frames } = reply;
    const { calls, microseconds } = activity.answered({ job, worker, frames, argumentOf: this.#argumentOf });
    bundling.ran(job.calls[0] as Call<unknown>, calls, microseconds);
    for (const frame of frames) {
      const call = job.calls[frame.index];
      if (call === undefined || call.done()) continue;
      if (frame.kind === "not run") {
        notRun(job);
        continue;
      }
      settle(call, frame, modules);
    }
  }

  /** What a reply says of a call that was detached. */
  async settleAttached(future: Future<unknown>, index: number, reply: Reply): Promise<void> {
    const { modules } = this.#options;
    const frames = reply.frames.filter((one) => one.index === index);
    if (!this.#isProved(reply)) {
      if (!future.done() && frames.some(isOutcome)) future.setException(unproved());
      return;
    }
    if (!modules.has(reply.modules)) await modules.load(reply.modules);
    // That it has begun may come along with its outcome.
    for (const frame of frames) settle(future, frame, modules);
  }

  #isProved({ job, worker, modulesText, bytes, mac }: Reply): boolean {
    const { authkey } = this.#options;
    return authkey === undefined || isSameMac(replyMac(authkey, job, worker, modulesText, bytes), mac);
  }
}

function unproved(): SerializationError {
  return new SerializationError(
    "The reply to this call does not prove that it comes from a worker with this executor's `authkey`. Give both the same.",
  );
}
