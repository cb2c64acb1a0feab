import { ArgumentTypeError } from "@concurrent-futures/core";
import { KeyError, Manager, Process, type SetProxy, SyncManager } from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";

let manager: SyncManager;
beforeAll(async () => {
  manager = await Manager();
});
afterAll(() => manager.shutdown());

test("a managed set behaves as a Set does, whatever is done to it", async () => {
  const item = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom("a", null, true));
  const step = fc.tuple(fc.constantFrom("add", "discard", "has", "remove", "update", "pop"), item);
  await fc.assert(
    fc.asyncProperty(
      fc.array(item, { maxLength: 5 }),
      fc.array(step, { maxLength: 15 }),
      async (start, steps) => {
        using managed = await manager.set<unknown>(start);
        const model = new Set<unknown>(start);
        for (const [name, value] of steps) {
          if (name === "add") await managed.add(value);
          if (name === "add") model.add(value);
          if (name === "update") await managed.update([value, 1]);
          if (name === "update") model.add(value).add(1);
          if (name === "has") expect(await managed.has(value)).toBe(model.has(value));
          if (name === "discard") expect(await managed.discard(value)).toBe(model.delete(value));
          if (name === "remove") {
            if (model.delete(value)) await managed.remove(value);
            else await expect(managed.remove(value)).rejects.toThrow(KeyError);
          }
          if (name === "pop") {
            if (model.size === 0) await expect(managed.pop()).rejects.toThrow(KeyError);
            else expect(model.delete(await managed.pop())).toBe(true);
          }
        }
        expect(await managed.size()).toBe(model.size);
        expect(await managed.copy()).toEqual(model);
        const items: unknown[] = [];
        for await (const one of managed) items.push(one);
        expect(items).toEqual([...model]);
      },
    ),
    { numRuns: 30 },
  );
});

test("objects are equal when what is in them is", async () => {
  const points = await manager.set([[1, 2]]);
  await points.add([1, 2]);
  expect([await points.size(), await points.has([1, 2]), await points.has([2, 1])]).toEqual([1, true, false]);
  await points.remove([1, 2]);
  expect(await points.size()).toBe(0);
});

test.each(["thread", "spawn"] as const)("a %s worker shares it, also by blocking calls", async (context) => {
  const seen = await manager.set(["parent"]);
  const target = (set: SetProxy<string>): void => set.addSync("child");
  const child = new Process({ target, args: [seen], context });
  child.start();
  await child.join();
  expect(child.exitcode).toBe(0);
  expect(await seen.toArray()).toEqual(["parent", "child"]);
});

test("over TCP it is the same, and what is no iterable is refused", async () => {
  await using served = await new SyncManager({ address: ["127.0.0.1", 0], authkey: "key" }).start();
  const set = await served.set(new Set([1n, 2n]));
  expect(await set.copy()).toEqual(new Set([1n, 2n]));
  await expect(set.update(5 as never)).rejects.toThrow(ArgumentTypeError);
  await expect(served.set(5 as never)).rejects.toThrow(ArgumentTypeError);
});
