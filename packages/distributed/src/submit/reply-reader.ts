import type { Buffer } from "node:buffer";
import { setTimeout as sleep } from "node:timers/promises";
import { mostSilence, type Redis } from "../redis.ts";
import { type ReplyFrame, splitReplies } from "../wire/frames.ts";

/** One entry of the stream. */
export interface Reply {
  readonly job: string;
  readonly worker: string;
  /** Modules of what the values name. */
  readonly modules: readonly string[];
  readonly frames: readonly ReplyFrame[];
  /** What the sender's proof covers, as it came, and the proof. */
  readonly modulesText: string;
  readonly bytes: Uint8Array;
  readonly mac: string | undefined;
  /** The entry itself. */
  readonly fields: readonly Buffer[];
}

/** Milliseconds that one read waits; then the connection is known to work. */
const patience = 5_000;
/** Entries that are read at once. */
const most = 500;
/** Bytes of entries that are taken and still in the stream, and milliseconds for which they may be: each cut is a command. */
const mostKept = 2 ** 20;
const keepTime = 50;

type Entries = [id: Buffer, fields: Buffer[]][];

/** Reads an executor's stream of replies, one entry after the other, over a connection of its own. */
export class ReplyReader {
  readonly #redis: Redis;
  readonly #stream: string;
  readonly #trim: (last: string) => void;
  readonly #take: (reply: Reply) => Promise<void> | void;
  #last = "0-0";
  #closed = false;
  #reading: Promise<void> | undefined;
  #passed: (() => void)[] = [];
  #kept = 0;
  #cut: NodeJS.Timeout | undefined;

  /**
   * @param trim - is told how far the stream has been taken.
   * @param take - what becomes of an entry; it never rejects.
   */
  constructor(
    redis: Redis,
    stream: string,
    trim: (last: string) => void,
    take: (reply: Reply) => Promise<void> | void,
  ) {
    this.#redis = redis;
    this.#stream = stream;
    this.#trim = trim;
    this.#take = take;
  }

  start(): void {
    this.#reading ??= this.#read();
  }

  /**
   * Resolves when everything has been taken that was in the stream up to this moment.
   *
   * @param asking - a connection that does not wait for entries.
   */
  async caughtUp(asking: Redis): Promise<void> {
    const [newest] = await asking.xrevrange(this.#stream, "+", "-", "COUNT", 1);
    if (newest === undefined) return;
    const [id] = newest;
    // A stream that was lost and made again may begin below what was read of the first one.
    if (isBefore(id, this.#last)) this.#last = "0-0";
    while (!this.#closed && isBefore(this.#last, id)) {
      await new Promise<void>((resolve) => this.#passed.push(resolve));
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#cut);
    this.#redis.disconnect();
    this.#wake();
  }

  async #read(): Promise<void> {
    while (!this.#closed) {
      // A read that is not answered in its time has a dead connection, whatever the system thinks of it.
      const silent = setTimeout(() => this.#redis.disconnect(true), mostSilence).unref();
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
          this.#kept += reply?.bytes.byteLength ?? 0;
          this.#last = id.toString();
        }
        if (entries.length > 0) {
          this.#wake();
          this.#cutSoon();
        }
      } catch {
        // The connection was lost in the middle of an answer; ioredis has another soon.
        if (!this.#closed) await sleep(50, undefined, { ref: false });
      } finally {
        clearTimeout(silent);
      }
    }
  }

  /** Takes out of the stream what has been read, not after each read: a short call would pay for it. */
  #cutSoon(): void {
    const cut = (): void => {
      clearTimeout(this.#cut);
      this.#cut = undefined;
      this.#kept = 0;
      this.#trim(this.#last);
    };
    if (this.#kept > mostKept) cut();
    else this.#cut ??= setTimeout(cut, keepTime).unref();
  }

  #wake(): void {
    for (const wake of this.#passed.splice(0)) wake();
  }
}

/** One entry of one of several streams; `reply` is missing where another has written it. */
export interface StreamEntry {
  readonly key: string;
  readonly id: string;
  readonly reply: Reply | undefined;
}

/** Reads on in several streams, each from a place of its own. Without a time it does not wait. */
export async function readReplies(
  redis: Redis,
  streams: readonly { readonly key: string; readonly last: string }[],
  wait?: number,
): Promise<StreamEntry[]> {
  const keys = streams.map(({ key }) => key);
  const places = streams.map(({ last }) => last);
  const read = redis.xreadBuffer.bind(redis) as (...args: (string | number)[]) => Promise<unknown>;
  const waiting = wait === undefined ? [] : ["BLOCK", wait];
  const answer = await read("COUNT", most, ...waiting, "STREAMS", ...keys, ...places);
  return ((answer ?? []) as [Buffer, Entries][]).flatMap(([key, entries]) =>
    entries.map(([id, fields]) => ({ key: key.toString(), id: id.toString(), reply: replyOf(fields) })),
  );
}

/** Whether an id of a stream is smaller than another: milliseconds, then a number. */
export function isBefore(id: string, other: string): boolean {
  const [a = 0, b = 0] = id.split("-").map(Number);
  const [c = 0, d = 0] = other.split("-").map(Number);
  return a < c || (a === c && b < d);
}

/** The smallest id above another. */
export function idAfter(id: string): string {
  const [time = "0", number = "0"] = id.split("-");
  return `${time}-${Number(number) + 1}`;
}

/** An entry that this library has written; `undefined` for any other. */
function replyOf(fields: readonly Buffer[]): Reply | undefined {
  const byName = new Map<string, Buffer>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    byName.set((fields[at] as Buffer).toString(), fields[at + 1] as Buffer);
  }
  const [job, worker, modules, bytes, mac] = ["j", "w", "m", "b", "h"].map((name) => byName.get(name));
  if (job === undefined || bytes === undefined) return undefined;
  return {
    job: job.toString(),
    worker: worker?.toString() ?? "",
    modules: textsOf(modules),
    frames: splitReplies(bytes),
    modulesText: modules?.toString() ?? "",
    bytes,
    mac: mac?.toString(),
    fields,
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
