import { Buffer } from "node:buffer";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeForNetwork } from "@concurrent-futures/callable/network";
import { RuntimeError } from "@concurrent-futures/core";
import { isLostConnection, type Redis, together } from "../redis.ts";
import { isOutcome, joinReplies, type ReplyFrame, splitReplies } from "../wire/frames.ts";
import { type Keys, replyLife } from "../wire/keys.ts";
import { type AuthKey, replyMac } from "../wire/mac.ts";

/** Milliseconds for which a reply may wait for others of its job. */
const patience = 30;
/** Bytes of replies that are sent at once, whatever follows. */
const enough = 256 * 1024;

/** Bytes of a reply whose fate is awaited: a full Redis may take the small one that follows. */
const large = 64 * 1024;

/** How often the small reply is tried, over three seconds. */
const mostAttempts = 6;

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
  readonly #open: Promise<void>[] = [];
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
    const modules = JSON.stringify([...this.#modules]);
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#modules = new Set();
    this.#bytes = 0;
    const sent = this.#write(bytes, modules).catch((error: unknown) =>
      bytes.length <= large || isLostConnection(error) ? undefined : this.#refused(bytes, error),
    );
    if (bytes.length > large) this.#open.push(sent);
  }

  async #write(bytes: Buffer, modules: string): Promise<void> {
    const stream = this.#keys.reply(this.#to.client);
    const { job, worker, authkey } = this.#to;
    const fields: (string | Buffer)[] = ["j", job, "w", worker, "m", modules, "b", bytes];
    if (authkey !== undefined) fields.push("h", replyMac(authkey, job, worker, modules, bytes));
    let written: Promise<unknown> | undefined;
    together(this.#redis, () => {
      written = this.#redis.xadd(stream, "*", ...fields);
      this.#redis.pexpire(stream, replyLife).catch(() => {});
    });
    await written;
  }

  /**
   * Resolves when Redis has taken the large replies, or the word that it has not. Small ones are not awaited: what is
   * written next on this connection comes after them.
   */
  async settled(): Promise<void> {
    await Promise.all(this.#open.splice(0));
  }

  /** A reply that Redis does not take, being full, becomes a small one that says so. */
  async #refused(bytes: Buffer, error: unknown): Promise<void> {
    const text = `Redis has refused the reply of ${bytes.length} bytes: ${(error as Error).message}`;
    const said = encodeForNetwork(new RuntimeError(text), { name: "the error" });
    const small = joinReplies(
      splitReplies(bytes)
        .filter(isOutcome)
        .map(({ index }) => ({ kind: "error", index, bytes: said, microseconds: 0 })),
    );
    // What was refused may lie in its buffers for a moment.
    for (let attempt = 0; attempt < mostAttempts && !this.#closed; attempt++) {
      try {
        await this.#write(small, "[]");
        return;
      } catch {
        await sleep(50 * 2 ** attempt);
      }
    }
  }
}
