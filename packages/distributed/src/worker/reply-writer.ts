import { Buffer } from "node:buffer";
import type { Redis } from "../redis.ts";
import { joinReplies, type ReplyFrame } from "../wire/frames.ts";
import { type Keys, replyLife } from "../wire/keys.ts";
import { type AuthKey, replyMac } from "../wire/mac.ts";

/** Milliseconds for which a reply may wait for others of its job. */
const patience = 30;
/** Bytes of replies that are sent at once, whatever follows. */
const enough = 256 * 1024;

/** Where one job's replies go. */
export interface ReplyAddress {
  readonly client: string;
  readonly job: string;
  readonly worker: string;
  readonly authkey: AuthKey | undefined;
}

/**
 * Writes the replies of one job to its executor's stream, several at a time. They go over the connection by which the
 * job is completed afterwards, so the replies are there before the job is gone: the executor relies on that order.
 */
export class ReplyWriter {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #to: ReplyAddress;
  #parts: Uint8Array[] = [];
  #modules: Set<string> = new Set();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(redis: Redis, keys: Keys, to: ReplyAddress) {
    this.#redis = redis;
    this.#keys = keys;
    this.#to = to;
  }

  add(frame: ReplyFrame, modules: readonly string[] = []): void {
    this.addJoined(joinReplies([frame]), modules);
  }

  /** Several replies, behind each other. */
  addJoined(bytes: Uint8Array, modules: readonly string[]): void {
    if (this.#closed) return;
    this.#parts.push(bytes);
    for (const module of modules) this.#modules.add(module);
    this.#bytes += bytes.byteLength;
    if (this.#bytes >= enough) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), patience);
  }

  /** Nothing more is written: another worker has the job. */
  close(): void {
    this.#closed = true;
    this.#parts = [];
    clearTimeout(this.#timer);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#parts.length === 0) return;
    const stream = this.#keys.reply(this.#to.client);
    const { job, worker, authkey } = this.#to;
    const modules = JSON.stringify([...this.#modules]);
    const bytes = Buffer.concat(this.#parts);
    const fields: (string | Uint8Array)[] = ["j", job, "w", worker, "m", modules, "b", bytes];
    if (authkey !== undefined) fields.push("h", replyMac(authkey, job, worker, modules, bytes));
    this.#parts = [];
    this.#modules = new Set();
    this.#bytes = 0;
    // Not awaited: what is written next on this connection comes after it.
    this.#redis.xadd(stream, "*", ...(fields as (string | Buffer)[])).catch(() => {});
    this.#redis.pexpire(stream, replyLife).catch(() => {});
  }
}
