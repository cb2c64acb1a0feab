import { SerializationError, ValueError } from "@concurrent-futures/core";
import { Empty, Full, OSError, type QueueProxy } from "@concurrent-futures/multiprocessing";
import { beforeAll, describe, expect, test } from "@jest/globals";
import {
  attempt,
  type Backend,
  type ContextBackend,
  lookSync,
  type SuiteWorker,
} from "../fixtures/backends.ts";

/** CPython's tests of queues, by their names, on queues in a server, between processes. */

async function msUntilRejected(
  call: () => Promise<unknown>,
  Class: new (message?: string) => Error,
): Promise<number> {
  const start = performance.now();
  await expect(call()).rejects.toThrow(Class);
  return performance.now() - start;
}

/** The tests of CPython, by their names, and ours, for one back end. */
export function describeQueues({ name: kind, make, startWorkers, inSharedMemory }: Backend): void {
  let workers: SuiteWorker[];
  beforeAll(async () => {
    workers = await startWorkers(2);
  });

  const makeQueue = async (maxsize?: number): Promise<QueueProxy> => (await make()).Queue(maxsize);
  const makeJoinable = async (): Promise<QueueProxy> => (await make()).JoinableQueue();
  const named = (method: string, text: string): string => `${method} [${kind}]: ${text}`;

  describe("_TestQueue", () => {
    test(named("test_put", "put waits for room as long as it was told"), async () => {
      const queue = await makeQueue(6);
      expect([await queue.empty(), await queue.full()]).toEqual([true, false]);
      await queue.put(1);
      await queue.put(2, 1000);
      await queue.put(3, 0);
      await queue.putNowait(4);
      queue.putSync(5);
      queue.putNowaitSync(6);
      expect([lookSync(queue, "empty"), lookSync(queue, "full")]).toEqual([false, true]);
      for (const put of [() => queue.put(7, 0), () => queue.put(7, -5), () => queue.putNowait(7)]) {
        await expect(put()).rejects.toThrow(Full);
      }
      expect(await msUntilRejected(() => queue.put(7, 80), Full)).toBeGreaterThanOrEqual(79);
      const start = performance.now();
      expect(() => queue.putSync(7, 60)).toThrow(Full);
      expect(performance.now() - start).toBeGreaterThanOrEqual(59);
      await expect(workers[0]!.run("call", queue, "putSync", 7, 20)).rejects.toThrow(Full);
      expect(await workers[0]!.run("consumeSync", queue, 6)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await queue.empty()).toBe(true);
    });

    test(named("test_put", "who waits for room gets it in the order in which they came"), async () => {
      const queue = await makeQueue(1);
      await queue.put(0);
      const waiting = [1, 2, 3].map((item) => queue.put(item));
      // Sent together: the place that this get makes belongs to the first that waits.
      const first = queue.get();
      const last = queue.put(4);
      expect(await first).toBe(0);
      const rest: unknown[] = [];
      for (let n = 0; n < 4; n++) rest.push(await queue.get());
      expect(inSharedMemory ? rest.filter((item) => item !== 4) : rest).toEqual(
        inSharedMemory ? [1, 2, 3] : [1, 2, 3, 4],
      );
      await Promise.all([...waiting, last]);
    });

    test(named("test_get", "get waits for an item as long as it was told"), async () => {
      const queue = await makeQueue();
      await workers[0]!.run("produceSync", queue, 2, 6);
      expect(await queue.get()).toBe(2);
      expect(await queue.get(1000)).toBe(3);
      expect(await queue.getNowait()).toBe(4);
      expect(queue.getSync(0)).toBe(5);
      expect(await queue.empty()).toBe(true);
      for (const get of [() => queue.get(0), () => queue.get(-1), () => queue.getNowait()]) {
        await expect(get()).rejects.toThrow(Empty);
      }
      expect(await msUntilRejected(() => queue.get(80), Empty)).toBeGreaterThanOrEqual(79);
      await expect(workers[0]!.run("call", queue, "getSync", 20)).rejects.toThrow(Empty);
      const waiting = workers[0]!.run("announceAndCall", queue, "getSync");
      await workers[0]!.signalled("calling");
      await queue.put("late");
      expect(await waiting).toBe("late");
    });

    test(named("test_fork", "a process that gets a used queue puts items of its own"), async () => {
      const queue = await makeQueue();
      for (let i = 0; i < 10; i++) await queue.put(i);
      await workers[0]!.run("produce", queue, 10, 20);
      for (let i = 0; i < 20; i++) expect(await queue.get()).toBe(i);
      await expect(queue.get(0)).rejects.toThrow(Empty);
    });

    test(named("test_qsize", "it follows put and get"), async () => {
      const queue = await makeQueue();
      const sizes = [await queue.qsize()];
      for (const item of [1, 5]) {
        await queue.put(item);
        sizes.push(Number(lookSync(queue, "qsize")));
      }
      for (const _ of [1, 5]) {
        await queue.get();
        sizes.push(await queue.qsize());
      }
      expect(sizes).toEqual([0, 1, 2, 1, 0]);
    });

    test(named("test_task_done", "join waits until each item has been dealt with"), async () => {
      const queue = await makeJoinable();
      const answering = [workers[0]!.run("answer", queue), workers[1]!.run("answerSync", queue)];
      for (let i = 0; i < 10; i++) await queue.put(i);
      expect(await queue.join()).toBe(true);
      expect(await queue.qsize()).toBe(0);
      for (const _ of workers) await queue.put(null);
      await Promise.all(answering);
      await queue.join();
      await expect(attempt(() => queue.taskDone())).rejects.toThrow(ValueError);
      expect(() => queue.taskDoneSync()).toThrow("task_done() called too many times");
      await queue.put(1);
      expect(await queue.join(20)).toBe(false);
      expect(queue.joinSync(20)).toBe(false);
      const joined = workers[0]!.run("announceAndCall", queue, "joinSync");
      await workers[0]!.signalled("calling");
      await queue.get();
      await queue.taskDone();
      expect(await joined).toBe(true);
    });

    test(named("test_timeout", "get does not come back early"), async () => {
      const queue = await makeQueue();
      expect(await msUntilRejected(() => queue.get(200), Empty)).toBeGreaterThanOrEqual(199);
    });

    test(
      named(
        "test_queue_feeder_donot_stop_onexc",
        "an item that cannot be sent is refused at put, and the queue goes on",
      ),
      async () => {
        const queue = await makeQueue();
        await expect(queue.put(new WeakMap())).rejects.toThrow(SerializationError);
        expect(() => queue.putSync(Promise.resolve())).toThrow(SerializationError);
        expect(await queue.qsize()).toBe(0);
        await queue.put(true);
        expect(await queue.get(1000)).toBe(true);
        expect(await queue.empty()).toBe(true);
      },
    );

    test(
      named(
        "test_closed_queue_empty_exceptions",
        "empty() works on an unused closed queue, not on a used one",
      ),
      async () => {
        const unused = await makeQueue();
        await unused.close();
        expect(await unused.empty()).toBe(true);
        const used = await makeQueue();
        await used.put("foo");
        used.close();
        // A manager's look does not know of the handle.
        if (kind !== "manager") expect(() => used.empty()).toThrow(OSError);
      },
    );

    test(
      named("test_closed_queue_put_get_exceptions", "put and get after close are ValueErrors"),
      async () => {
        for (const queue of [await makeQueue(), await makeJoinable()]) {
          queue.close();
          queue.close();
          await expect(queue.put("foo")).rejects.toThrow("is closed");
          await expect(queue.put("foo")).rejects.toThrow(ValueError);
          await expect(queue.get()).rejects.toThrow("is closed");
          expect(() => queue.getSync()).toThrow(ValueError);
        }
      },
    );

    test(`close() closes this handle alone [${kind}]`, async () => {
      const queue = await makeQueue();
      await workers[0]!.run("putAll", queue, ["kept"]);
      await workers[0]!.run("call", queue, "close");
      expect(await workers[1]!.run("call", queue, "get")).toBe("kept");
      await queue.put(1);
      expect(await queue.get()).toBe(1);
    });

    test(`items arrive as they are, copied when they are put [${kind}]`, async () => {
      const queue = await makeQueue();
      const list: unknown[] = [2];
      await queue.put(list);
      list.push(3);
      expect(await queue.get()).toEqual([2]);
      const part = {};
      const items = [
        [undefined, null, true, 0, -0, Number.NaN, 10n, "\ud83d\ude00", "x".repeat(100_000)],
        new Map<unknown, unknown>([[1, new Set([part])]]),
        new Float64Array(70_000).fill(0.5),
        new Date(0),
        { a: part, b: part },
      ];
      for (const item of items) await queue.put(item);
      const back = (await workers[0]!.run("consume", queue, items.length)) as typeof items;
      expect(back).toEqual(items);
      const last = back.at(-1) as { a: object; b: object };
      expect(last.a).toBe(last.b);
    });
  });

  // Memory that threads share is passed to a worker as an argument, not through a queue.
  if (kind !== "thread")
    test(`proxies are put and got like anything else, in order [${kind}]`, async () => {
      const queue = await makeQueue();
      const inner = await makeQueue();
      await Promise.all([queue.put(inner), queue.put({ deep: [inner] }), queue.put(3)]);
      const [first, second, third] = (await workers[0]!.run("consume", queue, 3)) as unknown[];
      expect(third).toBe(3);
      await (first as QueueProxy).put("a");
      (second as { deep: QueueProxy[] }).deep[0]!.putSync("b");
      expect([await inner.get(), await inner.get()]).toEqual(["a", "b"]);
    });

  test(`many producers and consumers: nothing is lost or doubled, each producer's order is kept [${kind}]`, async () => {
    const queue = await makeQueue(8);
    const bases = [0, 1000];
    const producing = workers.map((worker, at) => worker.run("produce", queue, bases[at], bases[at]! + 200));
    const consuming = workers.map((worker) => worker.run("consume", queue, 100) as Promise<number[]>);
    const mine: number[] = [];
    while (mine.length < 200) mine.push((await queue.get(10_000)) as number);
    const taken = [mine, ...(await Promise.all(consuming))];
    await Promise.all(producing);
    for (const base of bases) {
      const expected = Array.from({ length: 200 }, (_, i) => base + i);
      const of = taken.map((items) => items.filter((item) => expected.includes(item)));
      for (const items of of) expect(items).toEqual(items.toSorted((a, b) => a - b));
      expect(of.flat().sort((a, b) => a - b)).toEqual(expected);
    }
  });
}

/** As {@link describeQueues}; a manager has no SimpleQueue. */
export function describeSimpleQueues({ name: kind, context, startWorkers }: ContextBackend): void {
  let workers: SuiteWorker[];
  beforeAll(async () => {
    workers = await startWorkers(1);
  });

  describe("TestSimpleQueue", () => {
    const makeSimple = () => context.SimpleQueue();

    test(`test_empty_exceptions [${kind}]: empty() after close is an OSError`, async () => {
      const queue = makeSimple();
      queue.close();
      expect(() => queue.empty()).toThrow(OSError);
    });

    test(`test_empty [${kind}]: it is empty before and after, and falsy items are kept`, async () => {
      const queue = makeSimple();
      expect(await queue.empty()).toBe(true);
      const there = workers[0]!.run("putAll", queue, [true, false, undefined, null, 0, ""]);
      for (const item of [true, false, undefined, null, 0, ""]) expect(await queue.get()).toBe(item);
      await there;
      expect(queue.empty()).toBe(true);
    });

    test(`test_close [${kind}]: closing twice does no harm`, async () => {
      const queue = makeSimple();
      queue.close();
      queue.close();
    });

    test(`test_closed [${kind}]: nothing can be put or got any more`, async () => {
      const queue = makeSimple();
      await queue.close();
      await expect(queue.put(1)).rejects.toThrow(OSError);
      expect(() => queue.putSync(1)).toThrow(OSError);
      await expect(queue.get()).rejects.toThrow(OSError);
      expect(() => queue.getSync()).toThrow(OSError);
    });
  });
}
