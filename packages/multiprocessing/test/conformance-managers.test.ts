import { connect } from "node:net";
import {
  AuthenticationError,
  BaseManager,
  Client,
  Listener,
  Manager,
  OSError,
  SyncManager,
} from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

/** CPython's tests of managers and listeners, by their names, over real sockets. */

let manager: SyncManager;
beforeAll(async () => {
  manager = await Manager();
});
afterAll(() => manager.shutdown());

describe("_TestContainers", () => {
  test("test_list: methods of a list", async () => {
    const list = await manager.list([...Array(10).keys()]);
    await list.extend([10]);
    expect(await list.slice(2, 5)).toEqual([2, 3, 4]);
    expect(await list.pop()).toBe(10);
    expect(await list.length()).toBe(10);
    await list.reverse();
    expect(await list.get(0)).toBe(9);
    await list.sort();
    expect(list.toArraySync()).toEqual([...Array(10).keys()]);
    await expect(list.get(10)).rejects.toMatchObject({ name: "IndexError" });
  });

  test("test_list_proxy_in_list: nested proxies change in place", async () => {
    const inner = await manager.list([1]);
    const outer = await manager.list([inner]);
    await (await outer.get(0)).append(2);
    expect(await inner.toArray()).toEqual([1, 2]);
  });

  test("test_dict: methods of a dict", async () => {
    const dict = await manager.dict<number, string>();
    for (let n = 0; n < 10; n++) await dict.set(n, String(n));
    expect(await dict.size()).toBe(10);
    expect(await dict.copy()).toEqual(new Map([...Array(10).keys()].map((n) => [n, String(n)])));
    await expect(dict.pop(99)).rejects.toMatchObject({ name: "KeyError" });
  });

  test("test_nested_queue: a queue inside a list works", async () => {
    const queue = await manager.Queue();
    const list = await manager.list([queue]);
    await (await list.get(0)).put("x");
    expect(await queue.get()).toBe("x");
  });

  test("test_namespace: values are set, read and deleted", async () => {
    const namespace = await manager.Namespace({ x: 1 });
    await namespace.set("_private", 2);
    expect(await namespace.toObject()).toEqual({ x: 1 });
    await namespace.delete("x");
    await expect(namespace.get("x")).rejects.toMatchObject({ name: "KeyError" });
  });
});

describe("TestSyncManagerTypes", () => {
  test("test_lock: released twice is a RuntimeError", async () => {
    const lock = await manager.Lock();
    expect(await lock.acquire()).toBe(true);
    expect(lock.acquireSync(0)).toBe(false);
    await lock.release();
    await expect(lock.release()).rejects.toMatchObject({ name: "RuntimeError" });
  });

  test("test_rlock: its owner acquires it again", async () => {
    const lock = await manager.RLock();
    await lock.acquire();
    expect(lock.acquireSync(0)).toBe(true);
    await lock.release();
    await lock.release();
    await expect(lock.release()).rejects.toMatchObject({ name: "RuntimeError" });
  });

  test("test_condition: notify wakes who waits", async () => {
    const condition = await manager.Condition();
    let ready = false;
    await condition.acquire();
    const waiting = condition.wait();
    await condition.acquire();
    ready = true;
    await condition.notify();
    await condition.release();
    expect(await waiting).toBe(true);
    expect(await condition.waitFor(() => ready)).toBe(true);
    await condition.release();
  });

  test("test_event: set wakes who waits", async () => {
    const event = await manager.Event();
    const waiting = event.wait();
    await event.set();
    expect(await waiting).toBe(true);
  });

  test("test_barrier: all parties get their index", async () => {
    const barrier = await manager.Barrier(2);
    expect((await Promise.all([barrier.wait(), barrier.wait()])).sort()).toEqual([0, 1]);
  });

  test("test_joinable_queue: join waits for taskDone", async () => {
    const queue = await manager.JoinableQueue();
    await queue.put(1);
    const joined = queue.join();
    await queue.get();
    await queue.taskDone();
    expect(await joined).toBe(true);
    await expect(queue.taskDone()).rejects.toMatchObject({ name: "ValueError" });
    await expect(queue.get(0)).rejects.toMatchObject({ name: "Empty" });
  });

  test("test_value: it is set and read", async () => {
    const value = await manager.Value("i", 1);
    await value.set(2);
    expect(value.getSync()).toBe(2);
  });

  test("test_array: indexes and length", async () => {
    const array = await manager.Array("i", [1, 2, 3]);
    await array.set(0, 9);
    expect(await array.toArray()).toEqual([9, 2, 3]);
    expect(await array.length()).toBe(3);
  });
});

describe("_TestRemoteManager", () => {
  test("test_remote: a second manager connects over TCP, a wrong key does not", async () => {
    const server = new SyncManager({ address: ["127.0.0.1", 0], authkey: "secret" });
    await server.start();
    const { address } = server;
    const client = new BaseManager({ address, authkey: "secret" }).register("Queue");
    await client.connect();
    const queue = (await client.create("Queue")) as Awaited<ReturnType<SyncManager["Queue"]>>;
    await queue.put({ a: [1] });
    expect(await queue.get()).toEqual({ a: [1] });
    const other = new BaseManager({ address, authkey: "other" });
    await expect(other.connect()).rejects.toBeInstanceOf(AuthenticationError);
    await server.shutdown();
    await expect(queue.get()).rejects.toMatchObject({ code: "ERR_BROKEN_PIPE" });
  });
});

describe("a manager with hostile clients", () => {
  test("goes on when clients send garbage, a huge length, half a message", async () => {
    const dict = await manager.dict();
    const address = manager.address as string;
    const attacks = ["garbage of some length", "\xff\xff\xff\xff", "\x00\x00\x00\x40half"];
    const sockets = attacks.map((text) => {
      const socket = connect(address);
      socket.on("error", () => {});
      socket.write(Buffer.from(text, "latin1"));
      return socket;
    });
    await expect(Client(address, { authkey: "wrong" })).rejects.toBeInstanceOf(AuthenticationError);
    await Promise.all(Array.from({ length: 100 }, (_, n) => dict.set(String(n), n)));
    expect(await dict.size()).toBe(100);
    for (const socket of sockets) socket.destroy();
  });
});

describe("_TestListenerClient", () => {
  test("test_listener_client: a round trip for every family", async () => {
    for (const address of [undefined, ["127.0.0.1", 0] as const]) {
      await using listener = new Listener({ ...(address && { address }), authkey: "k" });
      await listener.ready();
      const [server, client] = await Promise.all([
        listener.accept(),
        Client(listener.address, { authkey: "k" }),
      ]);
      await client.send("hello");
      expect(await server.recv()).toBe("hello");
      client.close();
      await expect(server.recv()).rejects.toMatchObject({ name: "EOFError" });
      server.close();
    }
  });

  test("test_issue14725: what was written before accept is delivered", async () => {
    await using listener = new Listener();
    await listener.ready();
    const client = await Client(listener.address);
    await client.send("hello");
    client.close();
    const server = await listener.accept();
    expect(await server.recv()).toBe("hello");
    server.close();
  });
});

describe("_TestListener", () => {
  test("test_multiple_bind: a second bind is an OSError", async () => {
    await using listener = new Listener({ address: ["127.0.0.1", 0] });
    await listener.ready();
    await using second = new Listener({ address: listener.address });
    await expect(second.ready()).rejects.toBeInstanceOf(OSError);
  });

  test("test_context: accept after close is an OSError", async () => {
    const listener = new Listener();
    await listener.close();
    await expect(listener.accept()).rejects.toBeInstanceOf(OSError);
  });
});
