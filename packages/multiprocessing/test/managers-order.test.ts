import { getContext, Manager } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";

/** The calls of one client are carried out in the order in which they were made. */

test("a call whose argument must first be imported is not overtaken", async () => {
  const { Point } = (await import("./fixtures/managed.mjs")) as { Point: new (x: number) => { x: number } };
  await using manager = await Manager();
  const queue = await manager.Queue();
  const puts = [queue.put(new Point(1)), queue.put(2), queue.put(new Point(3)), queue.put(4)];
  await Promise.all(puts);
  expect(await queue.get()).toBeInstanceOf(Point);
  expect(await queue.get()).toBe(2);
  expect(await queue.get()).toMatchObject({ x: 3 });
  expect(await queue.get()).toBe(4);
});

describe("a call that was not waited for comes before one that blocks", () => {
  test("also as the first of a program", async () => {
    const queue = getContext("spawn").Queue();
    const put = queue.put("first");
    queue.putSync("second");
    await put;
    expect([await queue.get(), await queue.get()]).toEqual(["first", "second"]);
  });

  test("a thousand times: a look sees what was called before it", async () => {
    const spawn = getContext("spawn");
    const [queue, event, semaphore] = [spawn.Queue<number>(), spawn.Event(), spawn.Semaphore(0)];
    for (let n = 1; n <= 1000; n++) {
      const calls = [queue.put(n), event.set(), semaphore.release()];
      expect([queue.qsize(), event.isSet(), semaphore.getValue()]).toEqual([1, true, 1]);
      const more = [queue.get(), event.clear(), semaphore.acquire()];
      expect([queue.empty(), event.isSet(), semaphore.locked()]).toEqual([true, false, true]);
      await Promise.all([...calls, ...more]);
    }
  });

  test("with more in it than a socket takes at a time", async () => {
    const queue = getContext("spawn").Queue<Uint8Array>();
    const puts = [queue.put(new Uint8Array(5_000_000)), queue.put(new Uint8Array(5_000_000))];
    expect(queue.qsize()).toBe(2);
    await Promise.all(puts);
  });
});
