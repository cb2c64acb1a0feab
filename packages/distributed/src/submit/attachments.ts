import { setTimeout as sleep } from "node:timers/promises";
import { Future, JobLostError, ValueError, WorkerLostError } from "@concurrent-futures/core";
import { forgetShare } from "@concurrent-futures/core/reported-progress";
import type { JobQueue } from "../engine/bullmq.ts";
import type { Redis } from "../redis.ts";
import type { Keys } from "../wire/keys.ts";
import { stopMessage } from "../worker/stops.ts";
import { isBefore, type Reply, readReplies } from "./reply-reader.ts";

/** Milliseconds that one read waits: calls that are attached meanwhile are read with the next. */
const patience = 250;
/** Milliseconds after a lost connection. */
const retryDelay = 100;

/** What reading the outcomes of detached calls needs. */
export interface AttachmentsOptions {
  readonly keys: Keys;
  readonly queue: JobQueue;
  /** For questions, and one of their own for reading, made when it is wanted. */
  readonly redis: Redis;
  readonly connect: () => Redis;
  /** Resolves when the calls have left that were detached here. */
  sent(): Promise<void>;
  /** Milliseconds between looks at what has become of a job. */
  readonly silence: number;
  /** Gives a future what a worker says of it, if the reply is proved. */
  settle(future: Future<unknown>, index: number, reply: Reply): Promise<void>;
  /** A call is attached, or one less is. */
  changed(count: 1 | -1): void;
}

/** Milliseconds after which a job that is not there is looked for once more. */
const grace = 1_000;

interface Attachment {
  readonly future: Future<unknown>;
  readonly job: string;
  readonly index: number;
  /** Where its outcome may be, and how far that has been read: from its first executor, or passed on by it. */
  readonly streams: { readonly key: string; last: string }[];
  looked: number;
  /** When the job was not there for the first time. */
  missed: number;
}

/** What an id says: the job, the call's place in it, and how many calls the job has. */
const idForm = /^(c[0-9a-f]{16})-(\d{1,15})\.(\d{1,5})\.(\d{1,5})$/;

/** How {@link Attachments} finds a call again. */
export function detachedId(job: string, index: number, count: number): string {
  return `${job}.${index}.${count}`;
}

/** Calls that another executor, or this one, has let go of, and whose outcome is wanted here. */
export class Attachments {
  readonly #options: AttachmentsOptions;
  readonly #attached: Set<Attachment> = new Set();
  #reading: Redis | undefined;
  #loop: Promise<void> | undefined;
  #closed = false;

  constructor(options: AttachmentsOptions) {
    this.#options = options;
  }

  /** The future of a detached call. @throws ValueError for values that are not ids */
  attach(id: string): Future<unknown> {
    const [, client, number, place, count] = idForm.exec(id) ?? [];
    if (client === undefined)
      throw new ValueError(`Expected an id that detach() returned, got ${JSON.stringify(id)}.`);
    const { keys, queue, redis } = this.#options;
    const job = `${client}-${number}`;
    const index = Number(place);
    const future = new Future<unknown>({
      cancel: (_future, { reason, force = false }) => {
        if (future.running() && !force) return false;
        future.setCancelled(reason);
        if (count === "1") queue.remove(job).catch(() => {});
        redis.publish(keys.stop, stopMessage(job, index)).catch(() => {});
        return true;
      },
      isRunning: () => false,
      waitSync: () => {},
    });
    const streams = [keys.reply(client), keys.reply(job)].map((key) => ({ key, last: "0-0" }));
    const attachment = { future, job, index, streams, looked: 0, missed: 0 };
    this.#attached.add(attachment);
    this.#options.changed(1);
    future.addDoneCallback(() => {
      this.#attached.delete(attachment);
      forgetShare(future);
      this.#options.changed(-1);
    });
    this.#loop ??= this.#read().finally(() => {
      this.#loop = undefined;
    });
    return future;
  }

  /** Futures that have no outcome yet. */
  get futures(): Future<unknown>[] {
    return [...this.#attached].map(({ future }) => future);
  }

  /** Cancels the futures, not the calls: detached calls are meant to go on. */
  letGo(): void {
    for (const future of this.futures) future.setCancelled(undefined);
  }

  close(): void {
    this.#closed = true;
    this.#reading?.disconnect();
  }

  async #read(): Promise<void> {
    this.#reading ??= this.#options.connect();
    while (this.#attached.size > 0 && !this.#closed) {
      try {
        await this.#options.sent();
        await this.#look();
        const streams = [...this.#attached].flatMap((attachment) =>
          attachment.streams.map((stream) => ({ attachment, stream })),
        );
        const places = streams.map(({ stream }) => stream);
        const entries = await readReplies(this.#reading, places, patience);
        for (const { key, id, reply } of entries) {
          for (const { attachment, stream } of streams) {
            if (stream.key !== key || !isBefore(stream.last, id)) continue;
            stream.last = id;
            if (reply?.job === attachment.job) await this.#take(attachment, reply);
          }
        }
      } catch {
        if (!this.#closed) await sleep(retryDelay, undefined, { ref: false });
      }
    }
  }

  async #take({ future, index }: Attachment, reply: Reply): Promise<void> {
    await this.#options.settle(future, index, reply);
  }

  /** Asks what has become of jobs, then reads what was written before that, and only then judges. */
  async #look(): Promise<void> {
    const { silence, queue, redis } = this.#options;
    const now = performance.now();
    for (const attachment of this.#attached) {
      if (now - attachment.looked < silence && attachment.looked > 0) continue;
      attachment.looked = now;
      const { future, job, streams } = attachment;
      const state = await queue.state(job);
      if (state === "waiting" || state === "active") continue;
      for (const { reply } of await readReplies(redis, streams)) {
        if (reply?.job === job) await this.#take(attachment, reply);
      }
      if (future.done()) continue;
      if (state === "gone" && attachment.missed === 0) {
        // Its first executor may be about to send it.
        attachment.missed = now;
        attachment.looked = now - silence + Math.min(silence, grace);
        continue;
      }
      future.setException(
        state === "failed"
          ? new WorkerLostError(`The detached call ${job} has lost its worker too often.`)
          : new JobLostError(
              `The detached call ${job} is unknown: its outcome is kept for an hour, or Redis has lost its data.`,
            ),
      );
    }
  }
}
