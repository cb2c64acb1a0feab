import { submitAll } from "../harness/batching.ts";
import type { Case, Contestant, Sample, Scale } from "../harness/case.ts";
import { contestant, timed } from "../harness/contestants.ts";
import { latency } from "../harness/latency.ts";
import type { BareQueue } from "../peers/bullmq.ts";
import type { Machines } from "../peers/distributed.ts";
import { usedMemory } from "../peers/redis-server.ts";
import { square } from "../tasks/square.ts";

/** Issue 19: the same tasks by a DistributedExecutor and by BullMQ alone, each with a Redis of its own. */

const note =
  "Redis, submitter, worker and its processes share this machine's cores. The bare queue runs its function in the process that fetches jobs, ours in processes of their own.";

async function ours(scale: Scale, measure: (machines: Machines) => Promise<Sample>): Promise<Contestant> {
  const { distributedSettings, openMachines } = await import("../peers/distributed.ts");
  return contestant("ours", "ours", distributedSettings(scale.workers), async () => {
    const machines = await openMachines(scale.workers);
    return { measure: () => measure(machines), close: () => machines.close() };
  });
}

async function bare(measure: (queue: BareQueue) => Promise<Sample>): Promise<Contestant> {
  const { bullmqSettings, openBareQueue } = await import("../peers/bullmq.ts");
  return contestant("BullMQ", "bare", bullmqSettings, async () => {
    const queue = await openBareQueue();
    return { measure: () => measure(queue), close: () => queue.close() };
  });
}

const against = { names: ["BullMQ"] };
const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const perTask = async (count: number, work: () => Promise<unknown>): Promise<Sample> => ({
  cost: ((await timed(work)) * 1000) / count,
});

/** A job for each task there. */
const bareJobs = (scale: Scale): Promise<Contestant> => {
  const values = numbers(scale.quick ? 50 : 3_000 * scale.times);
  return bare((queue) => perTask(values.length, () => queue.all(values)));
};

export const distributedSubmit: Case = {
  name: "distributed-submit",
  description: "Squares over Redis, one submit each; cost per task.",
  metrics: { cost: "us" },
  notes: [note],
  bars: () => [{ text: "at least 0.8 of BullMQ's tasks per second", against, atLeast: 0.8 }],
  async run(scale) {
    const count = scale.quick ? 50 : 10_000 * scale.times;
    return [
      await ours(scale, ({ executor }) =>
        perTask(count, () => submitAll(count, (at) => executor.submit(square, at))),
      ),
      await bareJobs(scale),
    ];
  },
};

export const distributedMap: Case = {
  name: "distributed-map",
  description: "20,000 squares over Redis through `map`, `chunksize` unset; cost per task.",
  metrics: { cost: "us" },
  notes: [
    note,
    "Processor time of a row, by the scheduler's own account, which a busy machine hardly changes: 7 us in the submitter, 7 in the processes that run it (1.2 of them to note in a file which row is under way, so that one that kills its process is not run again), 2.3 in the worker, 0.8 in Redis. Of a bare job: about 70, 95 and 70. Where both have the same two cores to themselves, twenty times as many would need 12 us a row.",
  ],
  bars: () => [{ text: "20 times the tasks per second of BullMQ's single jobs", against, atLeast: 20 }],
  async run(scale) {
    const values = numbers(scale.quick ? 200 : 20_000 * scale.times);
    return [
      await ours(scale, ({ executor }) =>
        perTask(values.length, () => executor.map(square, values).toArray()),
      ),
      await bareJobs(scale),
    ];
  },
};

export const distributedMemory: Case = {
  name: "distributed-memory",
  description:
    "What 20,000 squares over Redis, one submit each, leave in it while the executor lives; bytes per task.",
  metrics: { cost: "us", memory: "bytes" },
  notes: [
    "Redis's `used_memory` before and after, when all connections are idle. That nothing stays after a shutdown is tested.",
  ],
  bars: () => [
    {
      text: "less than 50 bytes per finished task",
      metric: "memory",
      against: { limit: 50, what: "50 bytes" },
      atLeast: 1,
    },
  ],
  async run(scale) {
    const count = scale.quick ? 200 : 20_000 * scale.times;
    return [
      await ours(scale, async ({ executor, redis }) => {
        const work = (): Promise<unknown> => submitAll(count, (at) => executor.submit(square, at));
        // What grows once, such as buffers of connections, is there afterwards.
        await work();
        const before = await usedMemory(redis);
        const sample = await perTask(count, work);
        return { ...sample, memory: Math.max(((await usedMemory(redis)) - before) / count, 0.1) };
      }),
    ];
  },
};

export const distributedRoundTrip: Case = {
  name: "distributed-round-trip",
  description: "One task over Redis, submit to result, nothing else under way: the median trip of 100.",
  metrics: { cost: "us" },
  notes: [note],
  bars: () => [{ text: "at most 1.3 times BullMQ's", against, atLeast: 1 / 1.3 }],
  async run(scale) {
    const trips = scale.quick ? 3 : 100 * scale.times;
    return [
      await ours(scale, ({ executor }) => latency(trips, (at) => executor.submit(square, at), 2)),
      await bare((queue) => latency(trips, (at) => queue.one(at), 2)),
    ];
  },
};
