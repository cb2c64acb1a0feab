import { SerializationError, ValueError } from "@concurrent-futures/core";
import { Empty, Full, JoinableQueue, OSError, Queue, SimpleQueue } from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startWorkers, stopWorkers, type TestWorker } from "./fixtures/test-workers.ts";

/** CPython's tests of queues, by their names. */

let workers: TestWorker[];
beforeAll(async () => {
  workers = await startWorkers(2);
});
afterAll(() => stopWorkers(workers));

async function msUntilRejected(
  result: Promise<unknown>,
  Class: new (message?: string) => Error,
): Promise<number> {
  const start = performance.now();
  await expect(result).rejects.toThrow(Class);
  return performance.now() - start;
}

describe("_TestQueue", () => {
  test("test_put [thread]: put waits for room as long as it was told", async () => {
    const queue = new Queue(6);
    expect(queue.empty()).toBe(true);
    expect(queue.full()).toBe(false);
    await queue.put(1);
    await queue.put(2, 1000);
    await queue.put(3, 0);
    await queue.putNowait(4);
    queue.putSync(5);
    queue.putSync(6, 0);
    expect(queue.full()).toBe(true);
    for (const put of [() => queue.put(7, 0), () => queue.put(7, -5), () => queue.putNowait(7)]) {
      expect(await msUntilRejected(put(), Full)).toBeLessThan(100);
    }
    expect(await msUntilRejected(queue.put(7, 80), Full)).toBeGreaterThanOrEqual(79);
    const start = performance.now();
    expect(() => queue.putSync(7, 60)).toThrow(Full);
    expect(performance.now() - start).toBeGreaterThanOrEqual(59);
    expect(await workers[0]!.run("consume", queue, 6)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(queue.empty()).toBe(true);
  });

  test("test_get [thread]: get waits for an item as long as it was told", async () => {
    const queue = new Queue();
    await workers[0]!.run("produce", queue, 2, 6);
    expect(await queue.get()).toBe(2);
    expect(await queue.get(1000)).toBe(3);
    expect(await queue.getNowait()).toBe(4);
    expect(queue.getSync(0)).toBe(5);
    expect(queue.empty()).toBe(true);
    for (const get of [() => queue.get(0), () => queue.get(-1), () => queue.getNowait()]) {
      expect(await msUntilRejected(get(), Empty)).toBeLessThan(100);
    }
    expect(await msUntilRejected(queue.get(80), Empty)).toBeGreaterThanOrEqual(79);
  });

  test("test_fork [thread]: a worker that gets a used queue puts items of its own", async () => {
    const queue = new Queue<number>();
    for (let i = 0; i < 10; i++) await queue.put(i);
    await workers[0]!.run("produce", queue, 10, 20);
    for (let i = 0; i < 20; i++) expect(await queue.get()).toBe(i);
    await expect(queue.get(0)).rejects.toThrow(Empty);
  });

  test("test_qsize [thread]: it follows put and get", async () => {
    const queue = new Queue();
    const sizes = [queue.qsize()];
    await queue.put(1);
    sizes.push(queue.qsize());
    await queue.put(5);
    sizes.push(queue.qsize());
    await queue.get();
    sizes.push(queue.qsize());
    await queue.get();
    sizes.push(queue.qsize());
    expect(sizes).toEqual([0, 1, 2, 1, 0]);
  });

  test("test_task_done [thread]: join waits until each item has been dealt with", async () => {
    const queue = new JoinableQueue<number | null>();
    const answering = workers.map((worker) => worker.run("answer", queue));
    for (let i = 0; i < 10; i++) await queue.put(i);
    await queue.join();
    expect(queue.qsize()).toBe(0);
    for (const _ of workers) await queue.put(null);
    await Promise.all(answering);
    await queue.join();
    expect(() => queue.taskDone()).toThrow(ValueError);
    await queue.put(1);
    expect(await queue.join(20)).toBe(false);
    expect(queue.joinSync(20)).toBe(false);
    await queue.get();
    queue.taskDone();
    expect(queue.joinSync()).toBe(true);
  });

  test("test_timeout [thread]: get does not come back early", async () => {
    const queue = new Queue();
    expect(await msUntilRejected(queue.get(200), Empty)).toBeGreaterThanOrEqual(199);
  });

  test("test_queue_feeder_donot_stop_onexc [thread]: an item that cannot travel is refused at put, and the queue goes on", async () => {
    const queue = new Queue<unknown>();
    await expect(queue.put(new WeakMap())).rejects.toThrow(SerializationError);
    expect(() => queue.putSync(Promise.resolve())).toThrow(SerializationError);
    expect(queue.qsize()).toBe(0);
    await queue.put(true);
    expect(await queue.get(1000)).toBe(true);
    expect(queue.empty()).toBe(true);
  });

  test("test_closed_queue_empty_exceptions [thread]: empty() works on an unused closed queue, not on a used one", async () => {
    const unused = new Queue();
    unused.close();
    expect(unused.empty()).toBe(true);
    const used = new Queue();
    await used.put("foo");
    used.close();
    expect(() => used.empty()).toThrow(OSError);
    expect(() => used.empty()).toThrow("is closed");
  });

  test("test_closed_queue_put_get_exceptions [thread]: put and get after close are ValueErrors", async () => {
    for (const queue of [new Queue(), new JoinableQueue()]) {
      queue.close();
      queue.close();
      await expect(queue.put("foo")).rejects.toThrow("is closed");
      await expect(queue.put("foo")).rejects.toThrow(ValueError);
      await expect(queue.get()).rejects.toThrow("is closed");
    }
  });

  test("what is put is a copy", async () => {
    const queue = new Queue<unknown>();
    const list = [2];
    await queue.put(list);
    list.push(3);
    expect(await queue.get()).toEqual([2]);
  });

  test.each([
    [[undefined, null, true, false, 0, -0, Number.NaN, 2 ** 53, -1.5, 10n]],
    [["", "ascii", "é", "€uro", "\ud83d\ude00", "\ud800", "x".repeat(100_000)]],
    // biome-ignore lint/suspicious/noSparseArray: a hole must stay one
    [[{ a: 1, b: [1, , 3], c: undefined }, { __proto__: null }, new Map([[{}, new Set([1])]]), new Date(0)]],
    [[new Uint8Array([1, 2, 3]), new Float64Array(70_000).fill(0.5), /x/g, new RangeError("no")]],
  ])("items arrive as they are: %#", async (items) => {
    const queue = new Queue<unknown>();
    for (const item of items) await queue.put(item);
    const back = [];
    for (const _ of items) back.push(await queue.get());
    expect(back).toEqual(items);
    expect(Object.is(back[5], -0)).toBe(Object.is(items[5], -0));
  });

  test("shared parts and cycles of an item stay so", async () => {
    const queue = new Queue<{ a: object; b: object; self?: unknown }>();
    const part = {};
    const item: { a: object; b: object; self?: unknown } = { a: part, b: part };
    await queue.put(item);
    item.self = item;
    await queue.put(item);
    const first = await queue.get();
    const second = await queue.get();
    expect(first.a).toBe(first.b);
    expect(second.self).toBe(second);
  });
});

describe("TestSimpleQueue", () => {
  test("test_empty_exceptions [thread]: empty() after close is an OSError", () => {
    const queue = new SimpleQueue();
    queue.close();
    expect(() => queue.empty()).toThrow(OSError);
    expect(() => queue.empty()).toThrow("is closed");
  });

  test("test_empty [thread]: it is empty before and after, and falsy items are kept", async () => {
    const queue = new SimpleQueue<unknown>();
    const there = workers[0]!.run("putAll", queue, [true, false, undefined, null, 0, ""]);
    for (const item of [true, false, undefined, null, 0, ""]) expect(await queue.get()).toBe(item);
    await there;
    expect(queue.empty()).toBe(true);
  });

  test("test_close [thread]: closing twice does no harm", () => {
    const queue = new SimpleQueue();
    queue.close();
    queue.close();
    expect(queue.closed).toBe(true);
  });

  test("test_closed [thread]: nothing can be put or got any more", async () => {
    const queue = new SimpleQueue();
    queue.close();
    await expect(queue.put(1)).rejects.toThrow(OSError);
    expect(() => queue.putSync(1)).toThrow(OSError);
    await expect(queue.get()).rejects.toThrow(OSError);
    expect(() => queue.getSync()).toThrow(OSError);
  });
});
