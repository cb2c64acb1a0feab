import type { StartMethod } from "concurrent-futures/multiprocessing";
import type { Case, Contestant } from "../../harness/case.ts";
import { contestant, pythonContestant, timed } from "../../harness/contestants.ts";
import { latency, latencyNote } from "../../harness/latency.ts";
import { barePipe } from "../../peers/bare-pipe.ts";
import { messagePortSettings, openBareWorker } from "../../peers/message-port.ts";
import { loadMultithreading, multithreadingSettings } from "../../peers/multithreading.ts";
import { echoAll, produce } from "../../tasks/sharing.ts";

/** One producer, one consumer. */
export const queueMessages: Case = {
  name: "queue",
  description: "Numbers from one worker through a queue to this one; cost of one.",
  metrics: { cost: "us" },
  bars: () => [
    {
      text: "at least 200,000 a second on threads",
      against: { limit: 5, what: "5 us a message" },
      atLeast: 1,
    },
    {
      text: "of processes: no slower than Python's SimpleQueue",
      of: "ours, spawn",
      against: { names: ["python SimpleQueue, spawn"] },
      atLeast: 1,
    },
  ],
  async run(scale) {
    const count = scale.quick ? 100 : 100_000 * scale.times;
    return [
      throughQueue("ours", "thread", count),
      throughQueue("ours, spawn", "spawn", count),
      throughChannel(count),
      pythonContestant("python Queue", "multiprocessing.Queue, fork", "sharing", { work: "queue", count }),
      pythonContestant("python SimpleQueue", "multiprocessing.SimpleQueue, fork", "sharing", {
        work: "simple queue",
        count,
      }),
      pythonContestant("python SimpleQueue, spawn", "the same, spawn", "sharing", {
        work: "simple queue",
        method: "spawn",
        count,
      }),
    ];
  },
};

function throughQueue(name: string, method: StartMethod, count: number): Contestant {
  return contestant(name, "ours", `getContext("${method}").Queue(), await put, await get`, async () => {
    const { getContext } = await import("concurrent-futures/multiprocessing");
    const context = getContext(method);
    return {
      async measure() {
        const queue = context.Queue();
        const producer = new context.Process({ target: produce, args: [queue, count] });
        producer.start();
        let sum = (await queue.get()) as number;
        const cost = await timed(async () => {
          for (let n = 1; n < count; n++) sum += (await queue.get()) as number;
        });
        await producer.join();
        return { cost: (cost * 1000) / count, checksum: sum };
      },
      close: async () => {},
    };
  });
}

function throughChannel(count: number): Contestant {
  return contestant(
    "multithreading channel",
    "node pool",
    `${multithreadingSettings}, channel(), send and recv`,
    async () => {
      const { channel, move, shutdown, spawn } = await loadMultithreading();
      return {
        async measure() {
          const [sender, receiver] = channel<number>();
          spawn(move(sender, count), async (to, many) => {
            for (let n = 0; n < many; n++) await to.send(n);
          });
          let sum = 0;
          const take = async (): Promise<void> => {
            const result = await receiver.recv();
            if (result.ok) sum += result.value;
          };
          await take();
          const cost = await timed(async () => {
            for (let n = 1; n < count; n++) await take();
          });
          receiver.close();
          return { cost: (cost * 1000) / count, checksum: sum };
        },
        close: async () => shutdown(),
      };
    },
  );
}

/** There and back. */
export const pipeTrip: Case = {
  name: "pipe",
  description: "A number through a pipe to a worker and back; the median trip.",
  metrics: { cost: "us" },
  notes: [
    latencyNote,
    "A message of threads is written by V8's serializer into a ring of shared memory. What awaits it is woken by `Atomics.waitAsync`, through a task of V8's platform, where a port's message is a task of the event loop itself. `sendSync` and `recvSync` need neither.",
  ],
  bars: () => [
    {
      text: "of threads: at most 1.5 times a bare MessagePort round trip",
      against: { names: ["bare MessagePort"] },
      atLeast: 1 / 1.5,
    },
    {
      text: "of processes: at most Python's",
      of: "ours, spawn",
      against: { names: ["python Pipe, spawn"] },
      atLeast: 1,
    },
    {
      // A bare trip takes 14.4 us on the machine of the page, and each of the two wake-ups may take 15 us more: 14.4 of 44.4.
      text: "an awaiting process wakes within 15 us of a bare pipe's: a trip, two wake-ups, at most 30 us more",
      of: "ours, spawn",
      against: { names: ["bare pipe"] },
      atLeast: 0.324,
    },
  ],
  async run(scale) {
    const count = scale.quick ? 5 : 100 * scale.times;
    return [
      throughPipe("ours", "thread", count),
      throughPipe("ours, spawn", "spawn", count),
      contestant("bare MessagePort", "bare", messagePortSettings, async () => {
        const worker = await openBareWorker("echo");
        return { measure: () => latency(count, worker.call), close: worker.close };
      }),
      barePipe(count),
      pythonContestant("python Pipe", "multiprocessing.Pipe, fork", "sharing", { work: "pipe", count }),
      pythonContestant("python Pipe, spawn", "multiprocessing.Pipe, spawn", "sharing", {
        work: "pipe",
        method: "spawn",
        count,
      }),
    ];
  },
};

function throughPipe(name: string, method: StartMethod, count: number): Contestant {
  return contestant(name, "ours", `getContext("${method}").Pipe()`, async () => {
    const { getContext } = await import("concurrent-futures/multiprocessing");
    const context = getContext(method);
    const [here, there] = context.Pipe();
    const worker = new context.Process({ target: echoAll, args: [there] });
    worker.start();
    return {
      measure: () =>
        latency(count, async (at) => {
          await here.send(at);
          await here.recv();
        }),
      async close() {
        await here.send(null);
        await worker.join();
      },
    };
  });
}
