import { Queue, QueueEvents } from "bullmq";
import { openProgram, openRedis } from "./redis-server.ts";

/** Jobs that are added in one transaction. */
const together = 1_000;

export const bullmqSettings =
  "Queue.addBulk by 1,000, a Worker of concurrency 50 in a process of its own, results by QueueEvents; removeOnComplete";

/** BullMQ without us: jobs that square a number. */
export interface BareQueue {
  /** A job for each value, and all results. */
  all(values: readonly number[]): Promise<number[]>;
  /** One job, and its result. */
  one(value: number): Promise<number>;
  close(): Promise<void>;
}

export async function openBareQueue(): Promise<BareQueue> {
  const redis = await openRedis();
  const { hostname: host, port } = new URL(redis.url);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const closeWorker = await openProgram("bullmq.mjs", redis.url);
  const queue = new Queue("bare", { connection });
  const events = new QueueEvents("bare", { connection });
  const waiting = new Map<string, (value: number) => void>();
  // A result may be there before it is known which job it is of.
  const early = new Map<string, number>();
  events.on("completed", ({ jobId, returnvalue }) => {
    const resolve = waiting.get(jobId);
    if (resolve === undefined) early.set(jobId, Number(returnvalue));
    else resolve(Number(returnvalue));
    waiting.delete(jobId);
  });
  await events.waitUntilReady();
  const resultOf = (id: string): Promise<number> | number => {
    const known = early.get(id);
    if (known === undefined) return new Promise((resolve) => waiting.set(id, resolve));
    early.delete(id);
    return known;
  };
  const options = { removeOnComplete: true };
  return {
    async all(values) {
      const results: (Promise<number> | number)[] = [];
      for (let from = 0; from < values.length; from += together) {
        const jobs = values
          .slice(from, from + together)
          .map((value) => ({ name: "square", data: { value }, opts: options }));
        for (const { id } of await queue.addBulk(jobs)) results.push(resultOf(id as string));
      }
      return Promise.all(results);
    },
    async one(value) {
      const { id } = await queue.add("square", { value }, options);
      return resultOf(id as string);
    },
    async close() {
      await events.close();
      await queue.close();
      await closeWorker();
      await redis.close();
    },
  };
}
