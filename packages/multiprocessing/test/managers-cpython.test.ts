import { task } from "@concurrent-futures/callable";
import {
  BaseManager,
  type BaseProxy,
  getContext,
  Manager,
  type ProxyOf,
  SharedMemory,
  SharedMemoryManager,
  SyncManager,
} from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";

/** More of CPython's tests of managers, by their names; the other side is a process. */

type Fn = (...args: unknown[]) => unknown;
const managed = (name: string): Fn =>
  task(new URL("./fixtures/managed.mjs", import.meta.url), name) as unknown as Fn;

let manager: SyncManager;
beforeAll(async () => {
  manager = await Manager();
});
afterAll(() => manager.shutdown());

/** What `use` of managed.mjs gives in a process of its own. */
async function inProcess(...args: unknown[]): Promise<unknown> {
  const { Process } = getContext("spawn");
  const answers = await manager.Queue();
  const child = new Process({ target: managed("useIn"), args: [answers, ...args] });
  child.start();
  const answer = await answers.get(20_000);
  await child.join();
  expect(child.exitcode).toBe(0);
  return answer;
}

describe("_TestContainers", () => {
  test("test_list_iter: iterating gives the items as they are then", async () => {
    const list = await manager.list([0, 1, 2]);
    const seen: number[] = [];
    for await (const item of list) seen.push(item);
    expect(seen).toEqual([0, 1, 2]);
    await list.append(3);
    expect(await list.toArray()).toEqual([0, 1, 2, 3]);
  });

  test("test_dict_iter: iterating gives the keys, and changes in between do no harm", async () => {
    const dict = await manager.dict([
      ["a", 1],
      ["b", 2],
    ]);
    const seen: string[] = [];
    for await (const key of dict) {
      seen.push(key);
      await dict.set(`${key}${key}`, 0);
    }
    expect(seen).toEqual(["a", "b"]);
    expect(await dict.keys()).toEqual(["a", "b", "aa", "bb"]);
  });

  test("test_dict_proxy_nested: a dict in a dict is one dict by both ways", async () => {
    const pets = await manager.dict<string, number>({ ferrets: 2, hamsters: 4 });
    const all = await manager.dict<string, typeof pets>({ pets });
    const inner = (await all.get("pets")) as typeof pets;
    await inner.set("blanket", 1);
    expect(await pets.get("blanket")).toBe(1);
    await pets.set("ferrets", 0);
    expect(await inner.get("ferrets")).toBe(0);
    pets.releaseProxy();
    inner.releaseProxy();
    const again = (await all.get("pets")) as typeof pets;
    expect(await again.copy()).toEqual(
      new Map([
        ["ferrets", 0],
        ["hamsters", 4],
        ["blanket", 1],
      ]),
    );
    again.releaseProxy();
    await all.clear();
    await expect(all.get("pets")).resolves.toBeUndefined();
  });

  test("a nested plain value is a copy: changing it changes nothing until it is set again", async () => {
    const list = await manager.list<Record<string, number>[]>();
    await list.append([{}]);
    const copy = await list.get(0);
    (copy[0] as Record<string, number>)["a"] = 1;
    expect(await list.get(0)).toEqual([{}]);
    await list.set(0, copy);
    expect(await list.get(0)).toEqual([{ a: 1 }]);
  });
});

describe("TestSyncManagerTypes", () => {
  for (const type of ["Semaphore", "BoundedSemaphore"] as const) {
    const method = type === "Semaphore" ? "test_semaphore" : "test_bounded_semaphore";
    test(`${method}: a permit taken in a process that ends comes back`, async () => {
      const semaphore = await manager[type](2);
      expect(await semaphore.acquire()).toBe(true);
      expect(await semaphore.getValue()).toBe(1);
      await inProcess("Semaphore", semaphore);
      await until(async () => (await semaphore.getValue()) === 1);
      await semaphore.release();
      expect(await semaphore.getValue()).toBe(2);
      if (type === "BoundedSemaphore")
        await expect(semaphore.release()).rejects.toMatchObject({ name: "ValueError" });
    });
  }

  test("test_pool: a pool in the server maps", async () => {
    const pool = await manager.Pool(2);
    expect(await pool.map(managed("square"), [1, 2, 3])).toEqual([1, 4, 9]);
    expect(await inProcess("Pool", pool, [4, 5])).toEqual([16, 25]);
    await pool.close();
    await pool.join();
  });

  test("test_pool: results that stay in the server until they are asked for", async () => {
    const pool = await manager.Pool(2);
    const fn = managed("square");
    const one = await pool.applyAsync(fn, [7]);
    expect([await one.get(), await one.ready(), await one.successful()]).toEqual([49, true, true]);
    const many = await pool.mapAsync(fn, [1, 2, 3], { chunksize: 2 });
    await many.wait();
    expect(many.getSync()).toEqual([1, 4, 9]);
    expect(await (await pool.starmapAsync(fn, [[4], [5]])).get(20_000)).toEqual([16, 25]);
    const failing = await pool.applyAsync(managed("failing"));
    await expect(failing.get()).rejects.toMatchObject({ name: "RangeError", message: "initializer failed" });
    expect(await failing.successful()).toBe(false);
    const seen: unknown[] = [];
    for await (const value of await pool.imap(fn, [1, 2, 3])) seen.push(value);
    expect(seen).toEqual([1, 4, 9]);
    const unordered = await pool.imapUnordered(fn, [3, 4]);
    const both = [(await unordered.next()).value, (await unordered.next(20_000)).value];
    expect(both.sort()).toEqual([16, 9]);
    expect(await unordered.next()).toMatchObject({ done: true });
    for await (const first of await pool.imap(fn, [1, 2, 3])) {
      expect(first).toBe(1);
      break;
    }
    await expect(manager.create("AsyncResult")).rejects.toMatchObject({ name: "ValueError" });
    await pool.terminate();
    await pool.join();
  });

  test("test_queue: its size and its items are seen in a process", async () => {
    const queue = await manager.Queue(2);
    await queue.put(1);
    await queue.put("two");
    expect(await queue.full()).toBe(true);
    await expect(queue.put(3, 10)).rejects.toMatchObject({ name: "Full" });
    expect(await inProcess("Queue", queue)).toEqual([2, true, 1, "two", true]);
    expect(await queue.empty()).toBe(true);
  });

  test("test_list: a list filled by a process, test_dict: a dict as well", async () => {
    const { Process } = getContext("spawn");
    const [dict, list, queue] = [
      await manager.dict<number, number>(),
      await manager.list<number>(),
      await manager.Queue(),
    ];
    const child = new Process({ target: managed("fill"), args: [dict, list, queue] });
    child.start();
    expect(await queue.get()).toEqual([1, 2, 3, 4]);
    await child.join();
    expect(await list.toArray()).toEqual([1, 2, 3, 4]);
    expect(await dict.get(9)).toBe(81);
    expect(await dict.size()).toBe(10);
    await list.insert(0, 0);
    await list.remove(4);
    expect([await list.index(3), await list.count(1), await list.length()]).toEqual([3, 1, 4]);
    expect(await dict.setdefault(100, 7)).toBe(7);
    await dict.update({ x: 1 } as never);
    expect(await dict.pop(100)).toBe(7);
  });

  test("test_dict: values are set and read in a process", async () => {
    const dict = await manager.dict<string, number>({ one: 1 });
    expect([await dict.has("one"), await dict.delete("one"), await dict.has("one")]).toEqual([
      true,
      true,
      false,
    ]);
    await expect(dict.pop("one")).rejects.toMatchObject({ name: "KeyError" });
    expect(await dict.get("one", 5)).toBe(5);
  });

  test("test_namespace: an attribute changed in a process", async () => {
    const namespace = await manager.Namespace({ x: 41 });
    await inProcess("Namespace", namespace);
    expect(await namespace.get("x")).toBe(42);
  });
});

class MyManager extends BaseManager {}
MyManager.register("Foo", { callable: managed("FooBar") });
MyManager.register("Bar", { callable: managed("FooBar"), exposed: ["f", "_h"] });

describe("_TestMyManager", () => {
  async function common(mine: MyManager): Promise<void> {
    const foo = (await mine.create("Foo")) as BaseProxy & Record<string, () => Promise<unknown>>;
    const bar = (await mine.create("Bar")) as BaseProxy & Record<string, () => Promise<unknown>>;
    expect(await foo["f"]?.()).toBe("f()");
    await expect(foo["g"]?.()).rejects.toMatchObject({ name: "RangeError", message: "g()" });
    expect(foo["_h"]).toBeUndefined();
    await expect(foo.callMethod("_h")).rejects.toMatchObject({ name: "AttributeError" });
    expect([await bar["f"]?.(), await bar["_h"]?.(), bar["g"]]).toEqual(["f()", "_h()", undefined]);
    expect(await bar.callMethod("_h")).toBe("_h()");
  }

  test("test_mymanager: types of one's own, their methods, and those that are exposed", async () => {
    const mine = new MyManager();
    await mine.start();
    await common(mine);
    await mine.shutdown();
    await expect(mine.create("Foo")).rejects.toMatchObject({ name: "RuntimeError" });
  });

  test("test_mymanager_context: shut down at the end of a block", async () => {
    let seen: MyManager;
    {
      await using mine = await new MyManager().start();
      seen = mine;
      await common(mine);
    }
    await expect(seen.create("Foo")).rejects.toMatchObject({ name: "RuntimeError" });
  });

  test("test_mymanager_context_prestarted: what was started before the block is shut down by it, too", async () => {
    const mine = new MyManager();
    await mine.start();
    {
      await using same = mine;
      await common(same);
    }
    await expect(mine.start()).rejects.toMatchObject({ name: "RuntimeError" });
  });
});

describe("_TestManagerRestart", () => {
  test("test_rapid_restart: on the same address at once, and data flows", async () => {
    const first = new SyncManager({ address: ["127.0.0.1", 0], authkey: "restart" });
    await first.start();
    const { address } = first;
    const client = await new BaseManager({ address, authkey: "restart" }).register("Queue").connect();
    const queue = (await client.create("Queue")) as Awaited<ReturnType<SyncManager["Queue"]>>;
    await queue.put("before");
    expect(await queue.get()).toBe("before");
    await first.shutdown();
    const second = await new SyncManager({ address, authkey: "restart" }).start();
    const later = await new BaseManager({ address, authkey: "restart" }).register("Queue").connect();
    const again = (await later.create("Queue")) as typeof queue;
    await again.put("after");
    expect(await again.get()).toBe("after");
    await second.shutdown();
  });
});

describe("TestInitializers", () => {
  test("test_manager_initializer: what is no function is a TypeError; else it runs in the server", async () => {
    const mine = new BaseManager().register("isInitialized", { callable: managed("isInitialized") });
    await expect(mine.start(1 as never)).rejects.toBeInstanceOf(TypeError);
    await mine.start(managed("initialize") as (value: number) => unknown, [42]);
    const proxy = (await mine.create("isInitialized")) as ProxyOf<{ value(): number }>;
    expect(await proxy.value()).toBe(42);
    await mine.shutdown();
    await expect(new BaseManager().start(managed("failing"))).rejects.toMatchObject({
      name: "RangeError",
      message: "initializer failed",
    });
  });
});

describe("types of one's own", () => {
  test("may keep a method's result in the server (Python: method_to_typeid), and wrap their proxies (proxytype)", async () => {
    const mine = new BaseManager()
      .register("Counter", { callable: managed("Counter"), methodToTypeid: { child: "Counter" } })
      .register("Wrapped", {
        callable: managed("Counter"),
        proxytype: (proxy) => ({ proxy, wrapped: true }),
      });
    await mine.start();
    type CounterProxy = BaseProxy & {
      next(): Promise<number>;
      child(): Promise<CounterProxy>;
      fail(m: string): Promise<never>;
    };
    const counter = (await mine.create("Counter", [5])) as CounterProxy;
    expect([await counter.next(), await counter.next()]).toEqual([5, 6]);
    const child = await counter.child();
    expect([await child.next(), await child.next()]).toEqual([100, 101]);
    const { Wrapped } = mine as unknown as { Wrapped(): Promise<{ wrapped: boolean }> };
    expect(await Wrapped()).toMatchObject({ wrapped: true });
    await expect(counter.fail("too many")).rejects.toMatchObject({
      name: "RangeError",
      message: "too many",
      code: "ERR_COUNTER",
      limit: 7,
    });
    await mine.shutdown();
  });
});

describe("_TestSharedMemory", () => {
  test("test_shared_memory_SharedMemoryManager_basics: its blocks are freed when it is shut down", () => {
    const memory = new SharedMemoryManager().start();
    expect(() => memory.start()).toThrow(expect.objectContaining({ name: "RuntimeError" }));
    const list = memory.ShareableList([1, "two"]);
    const block = memory.SharedMemory(40);
    expect([...list]).toEqual([1, "two"]);
    expect(new SharedMemory(block.name).size).toBe(40);
    memory.shutdown();
    memory.shutdown();
    for (const name of [block.name, list.shm.name])
      expect(() => new SharedMemory(name)).toThrow(expect.objectContaining({ name: "FileNotFoundError" }));
    expect(() => memory.start()).toThrow(expect.objectContaining({ name: "RuntimeError" }));
    {
      using second = new SharedMemoryManager();
      expect(second.SharedMemory(1).size).toBe(1);
      expect(() => second.start()).toThrow(expect.objectContaining({ name: "RuntimeError" }));
    }
  });
});
