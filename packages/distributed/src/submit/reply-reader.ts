import { Buffer } from "node:buffer";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "../redis.ts";
import { type ReplyFrame, splitReplies } from "../wire/frames.ts";

/** One entry of the stream. */
export interface Reply {
  readonly job: string;
  readonly worker: string;
  /** Modules of what the values name. */
  readonly modules: readonly string[];
  readonly frames: readonly ReplyFrame[];
}

/** Milliseconds that one read waits; then the connection is known to work. */
const patience = 5_000;
/** Entries that are read at once. */
const most = 500;

type Entries = [id: Buffer, fields: Buffer[]][];

/** Reads an executor's stream of replies, one entry after the other, over a connection of its own. */
export class ReplyReader {
  readonly #redis: Redis;
  readonly #stream: string;
  readonly #take: (reply: Reply) => Promise<void> | void;
  #last = "0-0";
  #closed = false;
  #reading: Promise<void> | undefined;
  #passed: (() => void)[] = [];

  /** @param take - what becomes of an entry; it never rejects. */
  constructor(redis: Redis, stream: string, take: (reply: Reply) => Promise<void> | void) {
    this.#redis = redis;
    this.#stream = stream;
    this.#take = take;
  }

  /** The id of the entry that was read last. */
  get last(): string {
    return this.#last;
  }

  start(): void {
    this.#reading ??= this.#read();
  }

  close(): void {
    this.#closed = true;
    this.#redis.disconnect();
    this.#wake();
  }

  async #read(): Promise<void> {
    while (!this.#closed) {
      try {
        const answer = await this.#redis.xreadBuffer(
          "COUNT",
          most,
          "BLOCK",
          patience,
          "STREAMS",
          this.#stream,
          this.#last,
        );
        const entries = ((answer as unknown as [Buffer, Entries][] | null)?.[0]?.[1] ?? []) as Entries;
        for (const [id, fields] of entries) {
          const reply = replyOf(fields);
          if (reply !== undefined) await this.#take(reply);
          this.#last = id.toString();
        }
        if (entries.length > 0) this.#wake();
      } catch {
        // The connection was lost in the middle of an answer; ioredis has another soon.
        if (!this.#closed) await sleep(50, undefined, { ref: false });
      }
    }
  }

  #wake(): void {
    for (const wake of this.#passed.splice(0)) wake();
  }
}

/** An entry that this library has written; `undefined` for any other. */
function replyOf(fields: readonly Buffer[]): Reply | undefined {
  const byName = new Map<string, Buffer>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    byName.set((fields[at] as Buffer).toString(), fields[at + 1] as Buffer);
  }
  const [job, worker, modules, bytes] = ["j", "w", "m", "b"].map((name) => byName.get(name));
  if (job === undefined || bytes === undefined) return undefined;
  return {
    job: job.toString(),
    worker: worker?.toString() ?? "",
    modules: textsOf(modules),
    frames: splitReplies(Buffer.from(bytes)),
  };
}

function textsOf(json: Buffer | undefined): readonly string[] {
  try {
    const texts: unknown = JSON.parse(json?.toString() ?? "[]");
    return Array.isArray(texts) ? texts.filter((one) => typeof one === "string").slice(0, 1_000) : [];
  } catch {
    return [];
  }
}
