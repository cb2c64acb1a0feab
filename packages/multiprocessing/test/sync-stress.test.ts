import { Barrier, Lock, Queue, RawArray } from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { until } from "../../conformance/test/support/waiting.ts";
import { startWorkers, stopWorkers, TestWorker } from "./fixtures/test-workers.ts";

/** Bounded in time; with STRESS=1, twenty times as much. */
const factor = process.env["STRESS"] === "1" ? 20 : 1;
const patience = 25_000 * factor;

let workers: TestWorker[] = [];
afterEach(async () => {
  await stopWorkers(workers);
  workers = [];
});

describe("under stress", () => {
  for (const job of ["count", "countSync"]) {
    test(
      `eight workers and one counter under a lock: a million increments, exact (${job})`,
      async () => {
        workers = await startWorkers(8);
        const lock = new Lock();
        const counter = new RawArray("i", 1);
        const each = 125_000 * factor;
        await Promise.all(workers.map((worker) => worker.run(job, lock, counter.view, each)));
        expect(counter.get(0)).toBe(8 * each);
      },
      patience,
    );
  }

  test(
    "no waiter starves beside workers that want the lock all the time",
    async () => {
      workers = await startWorkers(3);
      const lock = new Lock();
      const counter = new RawArray("i", 1);
      const busy = workers.map((worker) => worker.run("countSync", lock, counter.view, 150_000 * factor));
      for (let i = 0; i < 20; i++) {
        expect(await lock.acquire(5000)).toBe(true);
        lock.release();
      }
      await Promise.all(busy);
      expect(counter.get(0)).toBe(450_000 * factor);
    },
    patience,
  );

  test(
    "dining philosophers: nobody starves and nothing locks up",
    async () => {
      const seats = 5;
      workers = await startWorkers(seats);
      const forks = Array.from({ length: seats }, () => new Lock());
      const eating = new RawArray("i", seats);
      const meals = 2000 * factor;
      await Promise.all(
        workers.map((worker, seat) => {
          const [first, second] = [seat, (seat + 1) % seats].sort((a, b) => a - b).map((fork) => forks[fork]);
          return worker.run("dine", first, second, meals, eating, seat);
        }),
      );
      expect([...eating]).toEqual(new Array(seats).fill(meals));
    },
    patience,
  );

  test(
    "a barrier is reused ten thousand times",
    async () => {
      workers = await startWorkers(3);
      const barrier = new Barrier(3);
      const times = 10_000 * factor;
      const zeros = await Promise.all(workers.map((worker) => worker.run("passBarrier", barrier, times)));
      expect((zeros as number[]).reduce((a, b) => a + b)).toBe(times);
    },
    patience,
  );

  test(
    "bounded buffer with random kills: nothing is doubled, and nothing lost but what a dead worker had in worker",
    async () => {
      const perProducer = 50_000;
      const producers = 2;
      const queue = new Queue<number>(8);
      const marks = new RawArray("i", producers * perProducer);
      const cursor = new RawArray("i", producers);
      const consumer = (): TestWorker => {
        const worker = new TestWorker();
        worker.run("consumeMarking", queue, marks);
        return worker;
      };
      const makers = Array.from({ length: producers }, (_, at) => {
        const worker = new TestWorker();
        worker.run("produceCounting", queue, at * perProducer, cursor, at);
        return worker;
      });
      let takers = [consumer(), consumer()];
      workers = [...makers, ...takers];
      const marked = (): number => marks.view.reduce((a, b) => a + b, 0);
      let kills = 0;
      for (let round = 0; round < 10 * factor; round++) {
        const before = cursor.get(0) + cursor.get(1);
        await until(() => cursor.get(0) + cursor.get(1) > before || cursor.get(0) + cursor.get(1) >= 100_000);
        const [victim, ...others] = takers;
        await victim!.kill();
        kills++;
        takers = [...others, consumer()];
        workers.push(...takers);
      }
      // One producer dies as well; what it has put stays.
      await makers[0]!.kill();
      const before = marked();
      await until(() => cursor.get(1) === perProducer || marked() > before + 1000);
      await makers[1]!.kill();
      await until(() => queue.empty());
      for (const worker of takers) await worker.kill();
      expect(Math.max(...marks.view)).toBe(1);
      for (let at = 0; at < producers; at++) {
        const mine = marks.view.subarray(at * perProducer, (at + 1) * perProducer);
        const reached = mine.lastIndexOf(1) + 1;
        expect(reached).toBeLessThanOrEqual(cursor.get(at) + 1);
        const missing = mine.subarray(0, cursor.get(at)).filter((mark) => mark === 0).length;
        expect(missing).toBeLessThanOrEqual(kills + takers.length);
      }
    },
    patience,
  );

  test(
    "any mix of puts and gets, of any sizes, is first in first out",
    async () => {
      const item = fc.oneof(
        fc.string(),
        fc.double(),
        fc.uint8Array({ maxLength: 5000 }),
        fc.jsonValue(),
        fc.constant(undefined),
      );
      const step = fc.oneof(
        item.map((value) => ({ put: [value] })),
        fc.constant({ put: [] }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const queue = new Queue<unknown>();
          const model: unknown[] = [];
          for (const { put } of steps) {
            if (put.length > 0) {
              await queue.put(put[0]);
              model.push(put[0]);
            } else if (model.length > 0) expect(await queue.get(0)).toEqual(model.shift());
            expect(queue.qsize()).toBe(model.length);
          }
          while (model.length > 0) expect(queue.getSync(0)).toEqual(model.shift());
        }),
        { numRuns: 60 * factor },
      );
    },
    patience,
  );
});
