import { getContext, Manager } from "@concurrent-futures/multiprocessing";
import { expect, test } from "@jest/globals";

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

test("a call that was not waited for comes before one that blocks", async () => {
  const queue = getContext("spawn").Queue();
  await queue.empty();
  const put = queue.put("first");
  queue.putSync("second");
  await put;
  expect([await queue.get(), await queue.get()]).toEqual(["first", "second"]);
});
