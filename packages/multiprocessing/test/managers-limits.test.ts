import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import {
  Client,
  Manager,
  type ManagerLimits,
  type SocketConnection,
  SyncManager,
} from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";

/** What one client with the key can make a server hold, and that the others do not notice. */

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

async function serving(limits: Partial<ManagerLimits> = {}): Promise<SyncManager> {
  const manager = new SyncManager({ address: ["127.0.0.1", 0], authkey: "key", limits });
  cleanup.push(() => manager.shutdown());
  return (await manager.start()) as SyncManager;
}

async function connected(manager: SyncManager): Promise<SyncManager> {
  return (await new SyncManager({ address: manager.address, authkey: "key" }).connect()) as SyncManager;
}

const bytesOf = (value: unknown): Uint8Array => encodeForNetwork(value, { name: "the request" });

interface Answer {
  readonly id: number;
  readonly ok: boolean;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

/** A client that speaks the protocol by hand. */
class RawClient {
  readonly connection: SocketConnection;
  #last = 0;

  constructor(connection: SocketConnection) {
    this.connection = connection;
  }

  static async join(manager: SyncManager): Promise<RawClient> {
    const client = new RawClient(await Client(manager.address, { authkey: "key" }));
    cleanup.push(() => client.connection.destroy());
    await client.tell({ op: "hello", id: 0, client: `raw ${Math.random()}` });
    return client;
  }

  async tell(request: object): Promise<void> {
    const { args } = request as { args?: unknown };
    const packed = args === undefined ? request : { ...request, args: bytesOf(args) };
    await this.connection.sendBytes(bytesOf(packed));
  }

  async ask(request: object): Promise<Answer> {
    await this.tell({ ...request, id: ++this.#last });
    return await this.answer();
  }

  async answer(): Promise<Answer> {
    const answer = decodeFromNetwork(await this.connection.recvBytes()) as Answer;
    const { value } = answer;
    return value instanceof Uint8Array ? { ...answer, value: decodeFromNetwork(value) } : answer;
  }

  async make(type: string, ...args: unknown[]): Promise<string> {
    const { value } = await this.ask({ op: "create", type, args });
    return (value as { id: string }).id;
  }

  call(object: string, method: string, ...args: unknown[]): Promise<Answer> {
    return this.ask({ op: "call", object, method, args, owner: "0" });
  }

  async objects(): Promise<number> {
    return ((await this.ask({ op: "info" })).value as { objects: number }).objects;
  }
}

describe("a client that asks and does not read", () => {
  test("is read no more when its answers wait, and all of them come when it reads", async () => {
    const manager = await serving({ unsentBytes: 2 ** 20 });
    const greedy = await RawClient.join(manager);
    const list = await greedy.make("list", [new Uint8Array(2 ** 20)]);
    const before = process.memoryUsage().rss;
    const count = 300;
    // By itself the client takes none: what it holds back shows in its own unread messages.
    const request = { op: "call", object: list, method: "toArray", owner: "0" };
    for (let id = 1; id <= count; id++) await greedy.tell({ ...request, id: 1_000 + id, args: [] });
    const other = await connected(manager);
    const dict = await other.dict([["a", 1]]);
    expect(await dict.get("a")).toBe(1);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
    for (let id = 1; id <= count; id++) {
      const { id: answered, value } = await greedy.answer();
      expect(answered).toBe(1_000 + id);
      expect((value as Uint8Array[])[0]).toHaveLength(2 ** 20);
    }
  });
});

describe("requests that are not answered yet", () => {
  test("are limited for each client by their number, and the rest go on", async () => {
    const manager = await serving({ requests: 5 });
    const [greedy, other] = [await RawClient.join(manager), await RawClient.join(manager)];
    const queue = await greedy.make("Queue");
    const get = { op: "call", object: queue, method: "get", args: [], owner: "0" };
    for (let id = 101; id <= 105; id++) await greedy.tell({ ...get, id });
    expect(await greedy.ask(get)).toMatchObject({
      ok: false,
      error: { name: "RequestLimitError", message: expect.stringContaining("limits.requests") },
    });
    // What only counts proxies is never refused for that, and another client is not concerned.
    expect(await greedy.ask({ op: "incref", object: queue })).toMatchObject({ ok: true });
    for (let n = 1; n <= 5; n++) {
      expect(await other.call(queue, "put", n)).toMatchObject({ ok: true });
      expect(await greedy.answer()).toMatchObject({ id: 100 + n, ok: true, value: n });
      await greedy.tell({ op: "received", id: 0, reply: 100 + n });
    }
    expect(await greedy.call(queue, "empty")).toMatchObject({ value: true });
  });

  test("that are too many fail as an error of their own", async () => {
    const manager = await serving({ requests: 2 });
    const client = await connected(manager);
    const queue = await client.Queue();
    const outcomes = await Promise.allSettled([
      queue.put(1),
      queue.put(2),
      ...[1, 2, 3, 4].map(() => queue.get(50)),
    ]);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused)
      expect(reason).toMatchObject({ name: "RequestLimitError", code: "ERR_LIMIT_REQUESTS" });
  });

  test("are limited by their bytes together, but one alone may be large", async () => {
    const manager = await serving({ requestBytes: 100_000 });
    const client = await connected(manager);
    const queue = await client.Queue(1);
    await queue.put(new Uint8Array(200_000));
    const waiting = queue.put(new Uint8Array(60_000));
    await expect(queue.put(new Uint8Array(60_000))).rejects.toMatchObject({ code: "ERR_LIMIT_REQUESTS" });
    expect(await queue.get()).toHaveLength(200_000);
    await waiting;
  });

  test("count as long as the client does not say that it has what it was given", async () => {
    const manager = await serving({ requests: 3 });
    const greedy = await RawClient.join(manager);
    const queue = await greedy.make("Queue");
    for (let n = 0; n < 5; n++) await greedy.call(queue, "put", n);
    for (let n = 0; n < 3; n++) expect(await greedy.call(queue, "get")).toMatchObject({ value: n });
    expect(await greedy.call(queue, "get")).toMatchObject({
      ok: false,
      error: { name: "RequestLimitError" },
    });
    await greedy.tell({ op: "received", id: 0, reply: 8 });
    expect(await greedy.call(queue, "get")).toMatchObject({ value: 3 });
  });
});

describe("objects of a server", () => {
  test("are gone when their proxies are released, at once", async () => {
    const manager = await serving();
    for (let n = 0; n < 50; n++) (await manager.list([n])).releaseProxy();
    const kept = await manager.list([1]);
    const watcher = await RawClient.join(manager);
    await until(async () => (await watcher.objects()) === 1);
    expect(await kept.length()).toBe(1);
  });

  test("that only came through another object are gone with their last proxy, too", async () => {
    const manager = await serving();
    const client = await connected(manager);
    const outer = await client.list();
    for (let n = 0; n < 20; n++) {
      const inner = await client.list([n]);
      await outer.append(inner);
      inner.releaseProxy();
      const again = (await outer.pop()) as { releaseProxy(): void; toArray(): Promise<unknown[]> };
      expect(await again.toArray()).toEqual([n]);
      again.releaseProxy();
    }
    const watcher = await RawClient.join(manager);
    // Proxies that the list held are collected in the server when it likes.
    expect(await watcher.objects()).toBeLessThanOrEqual(21);
  });

  test("that were made for a client are gone when it goes before it has said a word of them", async () => {
    const manager = await serving();
    const [fleeting, watcher] = [await RawClient.join(manager), await RawClient.join(manager)];
    for (let n = 0; n < 10; n++) await fleeting.make("list");
    expect(await watcher.objects()).toBe(10);
    fleeting.connection.destroy();
    await until(async () => (await watcher.objects()) === 0);
  });

  test("are limited for each client by its proxies, those on their way among them", async () => {
    const manager = await serving({ references: 10 });
    const [greedy, other] = [await RawClient.join(manager), await RawClient.join(manager)];
    const ids: string[] = [];
    for (let n = 0; n < 10; n++) ids.push(await greedy.make("list"));
    const refused = { ok: false, error: { name: "ReferenceLimitError" } };
    expect(await greedy.ask({ op: "create", type: "list", args: [] })).toMatchObject(refused);
    expect(await greedy.ask({ op: "lease", object: ids[0] })).toMatchObject(refused);
    // What was on its way has arrived, and counts once; a second proxy of it is one more.
    expect(await greedy.ask({ op: "incref", object: ids[0] })).toMatchObject({ ok: true });
    expect(await greedy.ask({ op: "incref", object: ids[0] })).toMatchObject(refused);
    expect(await other.make("list")).toEqual(expect.any(String));
    const client = await connected(manager);
    const lists = [];
    for (let n = 0; n < 10; n++) lists.push(await client.list());
    await expect(client.list()).rejects.toMatchObject({
      code: "ERR_LIMIT_REFERENCES",
      message: expect.stringContaining("limits.references"),
    });
    lists[0]?.releaseProxy();
    expect(await (await client.list([1])).length()).toBe(1);
  });

  test("that are not there are neither kept nor counted", async () => {
    const manager = await serving();
    const client = await RawClient.join(manager);
    for (const op of ["incref", "lease"] as const) {
      for (let n = 0; n < 2_000; n++) await client.tell({ op, id: 0, object: `made up ${n}` });
      expect(await client.ask({ op, object: "made up" })).toMatchObject({
        ok: false,
        error: { name: "AttributeError" },
      });
    }
    expect(await client.objects()).toBe(0);
  });
});

describe("a client that has the key and says nothing", () => {
  test("is hung up on after a time, and one that has spoken is not", async () => {
    const manager = await serving({ silence: 200 });
    const speaker = await RawClient.join(manager);
    const silent = await Client(manager.address, { authkey: "key" });
    await expect(silent.recvBytes()).rejects.toMatchObject({ code: expect.stringMatching(/EOF|OS/) });
    expect(await speaker.objects()).toBe(0);
  });
});

describe("limits", () => {
  test.each<[unknown, string]>([
    [5, "Expected `limits` to be an object"],
    [{ bytes: 5 }, "bytes"],
    [{ requests: 0 }, "limits.requests"],
    [{ references: 1.5 }, "limits.references"],
    [{ silence: "long" }, "limits.silence"],
  ])("%j is refused at the call", (limits, message) => {
    expect(() => new SyncManager({ limits: limits as never })).toThrow(message);
  });

  test("do not hold for this program's own workers unless they are given", async () => {
    const manager = await started();
    const queue = await manager.Queue();
    const waiting = Array.from({ length: 10_500 }, () => queue.get());
    for (let n = 0; n < waiting.length; n++) void queue.put(n);
    expect(await Promise.all(waiting)).toHaveLength(10_500);
  });
});

async function started(): Promise<SyncManager> {
  const manager = await Manager();
  cleanup.push(() => manager.shutdown());
  return manager;
}
