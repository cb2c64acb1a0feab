import { Buffer } from "node:buffer";
import { decodeFromNetwork } from "@concurrent-futures/callable/network";
import { Queue } from "bullmq";
import { Redis } from "ioredis";

interface Outcome {
  readonly value?: unknown;
  readonly error?: unknown;
}

/** Jobs as somebody writes them who can reach Redis and knows the format, but is no executor. */
export class ForgedJobs {
  readonly #redis: Redis;
  readonly #queue: Queue;
  readonly #base: string;
  #number = 0;

  constructor(url: string, queue: string) {
    this.#redis = new Redis(url, { maxRetriesPerRequest: null });
    this.#queue = new Queue(queue, { connection: this.#redis, prefix: `{cf:${queue}}` });
    this.#base = `{cf:${queue}}:${queue}`;
  }

  async add(id: string, data: unknown): Promise<void> {
    await this.#queue.add("forged", data, { jobId: id, removeOnComplete: true });
  }

  /** One call, and what the worker says of it. */
  async run(
    f: { readonly m: string; readonly p: readonly string[] } | undefined,
    args: Uint8Array,
    { c, extra }: { readonly c?: 1; readonly extra?: Buffer } = {},
  ): Promise<Outcome> {
    const client = `cforged${++this.#number}`;
    await this.#redis.set(`${this.#base}:lease:${client}`, "1");
    const frames = (extra === undefined ? [args] : [extra, args]).map((bytes) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.byteLength);
      return Buffer.concat([length, bytes]);
    });
    const b = Buffer.concat(frames).toString("base64");
    await this.add(`${client}-1`, { v: 1, r: client, n: 1, b, ...(f === undefined ? { c } : { f }) });
    for (let last = "0"; ; ) {
      const stream = `${this.#base}:reply:${client}`;
      const answer = await this.#redis.xreadBuffer("BLOCK", 20_000, "STREAMS", stream, last);
      if (answer === null) throw new Error("The worker did not answer.");
      const [[, entries]] = answer as unknown as [[Buffer, [[Buffer, Buffer[]]]]];
      const [[id, fields]] = entries;
      last = id.toString();
      const at = fields.findIndex((field, index) => index % 2 === 0 && field.toString() === "b");
      let bytes = fields[at + 1] as Buffer;
      // That the call has begun comes first, where it takes its time.
      if (bytes.readUInt8(0) === 0) bytes = bytes.subarray(13);
      if (bytes.length === 0) continue;
      const value = decodeFromNetwork(bytes.subarray(13));
      return bytes.readUInt8(0) === 1 ? { value } : { error: value };
    }
  }

  /** Says to the executor of a job that its only call has this result. */
  async reply(job: string, modules: readonly string[], result: Uint8Array): Promise<void> {
    const frame = Buffer.alloc(13);
    frame.writeUInt8(1);
    frame.writeUInt32LE(result.byteLength, 9);
    const client = job.slice(0, job.lastIndexOf("-"));
    const bytes = Buffer.concat([frame, result]);
    await this.#redis.xadd(
      `${this.#base}:reply:${client}`,
      "*",
      "j",
      job,
      "w",
      "w",
      "m",
      JSON.stringify(modules),
      "b",
      bytes,
    );
  }

  /** The fields of the entry by which a worker says what has become of a job, as soon as it is there. */
  async outcome(job: string): Promise<Record<string, Buffer>> {
    const reading = this.#redis.duplicate();
    const stream = `${this.#base}:reply:${job.slice(0, job.lastIndexOf("-"))}`;
    try {
      for (let last = "0"; ; ) {
        const answer = await reading.xreadBuffer("BLOCK", 20_000, "STREAMS", stream, last);
        if (answer === null) throw new Error("The worker did not answer.");
        const [[, [[id, list]]]] = answer as unknown as [[Buffer, [[Buffer, Buffer[]]]]];
        last = id.toString();
        const fields: Record<string, Buffer> = {};
        for (let at = 0; at + 1 < list.length; at += 2)
          fields[(list[at] as Buffer).toString()] = list[at + 1] as Buffer;
        const said = fields["b"] ?? Buffer.alloc(0);
        // That the call has begun comes first, where it takes its time, alone or before its outcome.
        const outcome = said[0] === 0 ? said.subarray(13) : said;
        if (fields["j"]?.toString() === job && outcome.length > 0) return fields;
      }
    } finally {
      reading.disconnect();
    }
  }

  /** Writes an entry to the executor of a job. */
  async write(job: string, fields: Readonly<Record<string, Buffer>>): Promise<void> {
    const client = job.slice(0, job.lastIndexOf("-"));
    await this.#redis.xadd(`${this.#base}:reply:${client}`, "*", ...Object.entries(fields).flat());
  }

  /** Takes out all jobs that wait. */
  async clear(): Promise<void> {
    await this.#redis.del(`${this.#base}:prioritized`);
  }

  /** A job that waits. */
  async waiting(): Promise<string> {
    for (;;) {
      const [job] = await this.#redis.zrange(`${this.#base}:prioritized`, "0", "0");
      if (job !== undefined) return job;
    }
  }

  close(): void {
    this.#redis.disconnect();
  }
}
