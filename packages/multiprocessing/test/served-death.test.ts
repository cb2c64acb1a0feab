import { Empty, type QueueProxy } from "@concurrent-futures/multiprocessing";
import { afterAll, describe, expect, test } from "@jest/globals";
import { closeMakers, kinds, makerOf, ProcessHand } from "./fixtures/served-crew.ts";

/** Processes that are killed while they hold something of a server, or wait for it. */

afterAll(closeMakers);

for (const kind of kinds) {
  const makeQueue = async (maxsize?: number): Promise<QueueProxy> => (await makerOf(kind)).Queue(maxsize);

  describe("a process that is killed at a queue", () => {
    test(`while it waits for an item takes none along [${kind}]`, async () => {
      for (const method of ["get", "getSync"]) {
        const queue = await makeQueue();
        await using dying = await ProcessHand.start();
        dying.run("announceAndCall", queue, method);
        await dying.note("calling");
        await dying.kill();
        await queue.put(1);
        expect(await queue.get(5000)).toBe(1);
      }
    });

    test(`while it waits for room puts nothing [${kind}]`, async () => {
      const queue = await makeQueue(1);
      await queue.put(1);
      await using dying = await ProcessHand.start();
      dying.run("announceAndCall", queue, "putSync", 2);
      await dying.note("calling");
      await dying.kill();
      const third = queue.put(3);
      expect([await queue.get(), await queue.get(5000)]).toEqual([1, 3]);
      await third;
      await expect(queue.get(0)).rejects.toThrow(Empty);
    });

    test(`between two items loses and doubles nothing [${kind}]`, async () => {
      const queue = await makeQueue();
      const seen = await makeQueue();
      await using dying = await ProcessHand.start();
      dying.run("consumeAndReport", queue, seen);
      await queue.put(0);
      expect(await seen.get()).toBe(0);
      await dying.kill();
      const rest = Array.from({ length: 50 }, (_, i) => i + 1);
      await using other = await ProcessHand.start();
      const consuming = other.run("consume", queue, 50);
      for (const item of rest) await queue.put(item);
      expect(await consuming).toEqual(rest);
      expect([await queue.qsize(), await seen.qsize()]).toEqual([0, 0]);
    });
  });
}
