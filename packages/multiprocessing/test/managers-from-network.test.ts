import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { serialize } from "node:v8";
import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import { RuntimeError } from "@concurrent-futures/core";
import { BaseManager, Client, Listener, SyncManager } from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";

/** What a manager's server and its clients do with what the other side says, whatever that is. */

const cleanup: (() => unknown)[] = [];
const canary = globalThis as { ran?: unknown };
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
  delete canary.ran;
});

const bytesOf = (value: unknown): Uint8Array => encodeForNetwork(value, { name: "x" });

async function started(): Promise<SyncManager> {
  const manager = new SyncManager({ address: ["127.0.0.1", 0], authkey: "key" });
  await manager.start();
  cleanup.push(() => manager.shutdown());
  return manager;
}

async function connected(manager: BaseManager): Promise<SyncManager> {
  return (await new SyncManager({ address: manager.address, authkey: "key" }).connect()) as SyncManager;
}

/** Proxies as they stand in messages: tag 24, then the state. */
function proxyIn(state: unknown): Uint8Array {
  const inner = bytesOf(state);
  // An array with one proxy: version, array, one item, proxy, and the state without its version.
  return Uint8Array.from([0xcf, 10, 1, 24, ...inner.subarray(1)]);
}

/** A port that notes whoever comes. */
async function watchedPort(): Promise<{ port: number; visits: Socket[] }> {
  const visits: Socket[] = [];
  const server = createServer((socket) => visits.push(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.push(() => {
    for (const socket of visits) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, visits };
}

describe("a proxy that comes from a network", () => {
  test("of a server that nobody has connected to is inert: no connection, no key, until the program connects", async () => {
    const manager = await started();
    const { port, visits } = await watchedPort();
    const client = await Client(manager.address, { authkey: "key" });
    cleanup.push(() => client.close());
    let last = 0;
    const ask = async (
      request: object,
    ): Promise<{ ok: boolean; value?: unknown; error?: { message: string } }> => {
      await client.sendBytes(bytesOf({ ...request, id: ++last }));
      return decodeFromNetwork(await client.recvBytes()) as { ok: boolean };
    };
    await client.sendBytes(bytesOf({ op: "hello", id: 0, client: "raw" }));
    const made = await ask({ op: "create", type: "list", args: bytesOf([]) });
    const { id } = decodeFromNetwork(made.value as Uint8Array) as { id: string };
    const state = { address: ["127.0.0.1", port], id: "x", type: "list", exposed: ["append"] };
    const kept = await ask({ op: "call", object: id, method: "append", args: proxyIn(state), owner: "0" });
    expect(kept.ok).toBe(true);
    const popped = await ask({ op: "call", object: id, method: "pop", args: bytesOf([]), owner: "0" });
    expect(popped.ok).toBe(true);
    // A round trip later nobody has come: the server did not even look.
    await ask({ op: "info" });
    expect(visits).toHaveLength(0);
  });

  test("says what to do when it is called, without connecting", async () => {
    const { port, visits } = await watchedPort();
    const elsewhere = { address: ["127.0.0.1", port], id: "x", type: "list", exposed: ["append"] };
    const client = await pretending((id, asked) => {
      const state = { address: ["127.0.0.1", 1], id: "y", type: "list", exposed: ["get"] };
      return bytesOf({ id, ok: true, value: asked === 2 ? bytesOf(state) : proxyIn(elsewhere) });
    });
    const list = await client.create("list");
    const [proxy] = (await list.callMethod("get")) as [{ append(item: unknown): Promise<void> }];
    const failure = await proxy.append(1).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(RuntimeError);
    expect((failure as Error).message).toContain(`127.0.0.1:${port}`);
    expect((failure as Error).message).toContain("connect()");
    expect(visits).toHaveLength(0);
  });

  test("of a server that the program has connected to works", async () => {
    const [here, there] = [await started(), await started()];
    const [toHere, toThere] = [await connected(here), await connected(there)];
    const list = await toThere.list([1, 2]);
    const box = await toHere.list<unknown>([]);
    await box.append(list);
    const back = (await box.get(0)) as typeof list;
    expect(await back.length()).toBe(2);
  });
});

describe("what a program knows of the managers that it uses", () => {
  test("is not changed by a message that names them", async () => {
    const manager = await started();
    const list = await manager.list([1]);
    const listener = await new Listener({ address: ["127.0.0.1", 0], authkey: null }).ready();
    cleanup.push(() => listener.close());
    const [stranger, connection] = await Promise.all([Client(listener.address), listener.accept()]);
    const state = {
      address: manager.address,
      id: "x",
      type: "list",
      exposed: [],
      own: true,
      builtin: "list",
    };
    await stranger.sendBytes(proxyIn(state));
    await expect(connection.recv()).rejects.toThrow("does not accept from there");
    await stranger.sendBytes(
      bytesOf({ access: { key: "other", trusted: true }, processKey: "other", state }),
    );
    expect(await connection.recv()).toMatchObject({ processKey: "other" });
    expect(await list.length()).toBe(1);
    expect(await (await connected(manager)).list()).toBeDefined();
    for (const one of [stranger, connection]) one.close();
  });

  test("nor are their proxies by what another server says that its objects can do", async () => {
    const made = async (exposed: readonly string[]): Promise<object> => {
      const client = await pretending((id) =>
        bytesOf({
          id,
          ok: true,
          value: bytesOf({ address: ["127.0.0.1", 1], id: "x", type: "tool", exposed }),
        }),
      );
      return await client.create("list");
    };
    const evil = await made(["run,stop", "then", "constructor", "__proto__", "callMethod"]);
    const honest = await made(["run", "stop"]);
    expect(evil).not.toHaveProperty("run");
    expect(honest).toHaveProperty("run");
    expect(honest).toHaveProperty("stop");
    expect((evil as { then?: unknown }).then).toBeUndefined();
    expect(evil.constructor).toBe(honest.constructor);
    expect((evil as { callMethod: unknown }).callMethod).toBe((honest as { callMethod: unknown }).callMethod);
  });
});

/** A manager's server by hand, which answers each request as it is told. */
async function pretending(answer: (id: number, asked: number) => Uint8Array): Promise<BaseManager> {
  const listener = new Listener({ address: ["127.0.0.1", 0], authkey: "key" });
  await listener.ready();
  cleanup.push(() => listener.close());
  (async () => {
    for (;;) {
      const connection = await listener.accept();
      cleanup.push(() => connection.close());
      (async () => {
        for (let asked = 1; ; ) {
          const { id } = decodeFromNetwork(await connection.recvBytes()) as { id: number };
          if (id === 0) continue;
          await connection.sendBytes(
            asked === 1 ? bytesOf({ id, ok: true, value: undefined }) : answer(id, asked),
          );
          asked++;
        }
      })().catch(() => {});
    }
  })().catch(() => {});
  return new BaseManager({ address: listener.address, authkey: "key" }).register("list").connect();
}

describe("a server that its client must not trust", () => {
  test.each<[string, (id: number) => Uint8Array]>([
    ["bytes that V8 has serialized", (id) => new Uint8Array(serialize({ id, ok: true, value: 1 }))],
    ["no answer to a question", () => bytesOf({ ok: true })],
    ["an invalid number", () => bytesOf({ id: "1", ok: true })],
    ["an error without words", (id) => bytesOf({ id, ok: false, error: {} })],
    ["nothing", () => bytesOf(null)],
    [
      "the error class of something that is no error",
      (id) => bytesOf({ id, ok: false, error: { name: "Future", message: "x", stack: "" } }),
    ],
    [
      "a proxy at an address that is none",
      (id) => bytesOf({ id, ok: true, value: bytesOf({ address: 5, id: "x", type: "list", exposed: [] }) }),
    ],
    [
      "a proxy with a million methods",
      (id) =>
        bytesOf({
          id,
          ok: true,
          value: bytesOf({
            address: ["127.0.0.1", 1],
            id: "x",
            type: "list",
            exposed: Array.from({ length: 1e6 }, () => "a"),
          }),
        }),
    ],
  ])("that sends %s makes the call fail with an Error, and nothing else", async (_what, answer) => {
    const client = await pretending(answer);
    const failure = await client.create("list").then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Error);
    expect(canary.ran).toBeUndefined();
  });
});

describe("what a message lacks", () => {
  test("is not found on a prototype that somebody has changed", async () => {
    const client = await pretending((id) => bytesOf({ id, ok: false, error: { name: "x", message: "y" } }));
    Object.defineProperty(Object.prototype, "stack", { value: "z", configurable: true });
    try {
      await expect(client.create("list")).rejects.toMatchObject({
        cause: { message: expect.stringContaining("The other side has sent an invalid name") },
      });
    } finally {
      delete (Object.prototype as { stack?: unknown }).stack;
    }
  });
});

describe("a server in front of strangers who know the key", () => {
  test("whatever they send: it answers or hangs up, and goes on for the others", async () => {
    const manager = await started();
    const steady = await connected(manager);
    const list = await steady.list([1]);
    const runs = process.env["STRESS"] ? 20_000 : 250;
    const part = fc.oneof(
      fc.anything(),
      fc.constantFrom("hello", "call", "create", "incref", "lease", "received", "list", "append", 0, 1, "0"),
    );
    const request = fc.record(
      {
        op: part,
        id: part,
        object: part,
        method: part,
        args: part,
        owner: part,
        client: part,
        type: part,
        reply: part,
      },
      { requiredKeys: [] },
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      request.map((value) => {
        try {
          return bytesOf(value);
        } catch {
          return bytesOf(0);
        }
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 5 }), async (messages) => {
        const client = await Client(manager.address, { authkey: "key" });
        await client.sendBytes(bytesOf({ op: "hello", id: 0, client: "fuzz" }));
        for (const message of messages) await client.sendBytes(message).catch(() => {});
        client.close();
        expect(await list.length()).toBe(1);
      }),
      { numRuns: runs },
    );
    expect(canary.ran).toBeUndefined();
  }, 60_000);

  test("tells them no path of its own", async () => {
    const manager = await started();
    const steady = await connected(manager);
    const list = await steady.list([1]);
    const error = (await list.remove("absent" as never).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )) as Error;
    expect(error.message).toContain("absent");
    const client = await Client(manager.address, { authkey: "key" });
    cleanup.push(() => client.close());
    await client.sendBytes(bytesOf({ op: "hello", id: 0, client: "raw" }));
    await client.sendBytes(bytesOf({ op: "create", id: 1, type: "no such", args: bytesOf([]) }));
    expect(Buffer.from(await client.recvBytes()).includes("/")).toBe(false);
  });
});

describe("a small request", () => {
  test("claims no memory by a size that it names, and starts no workers", async () => {
    const client = await connected(await started());
    for (const size of [2 ** 31, 2 ** 21, Number.POSITIVE_INFINITY])
      await expect(client.Array("d", size)).rejects.toMatchObject({ name: "ValueError" });
    expect(await (await client.Array("d", 2 ** 20)).length()).toBe(2 ** 20);
    await expect(client.Pool(1_000)).rejects.toThrow("cannot make");
  });
});

describe("a server of a BaseManager", () => {
  test("makes what was registered, and no built-in type", async () => {
    const manager = new BaseManager({ address: ["127.0.0.1", 0], authkey: "key" }).register("Clock", {
      callable: Date,
    });
    await manager.start();
    cleanup.push(() => manager.shutdown());
    const client = await new BaseManager({ address: manager.address, authkey: "key" }).connect();
    await expect(client.create("Clock")).resolves.toBeDefined();
    for (const type of ["dict", "Pool", "Queue"])
      await expect(client.create(type)).rejects.toThrow("cannot make");
  });
});

describe("a proxy of a manager with a key of its own", () => {
  test("is refused or bare where it leaves the machine: the key is in none of the bytes", async () => {
    const manager = await started();
    const list = await manager.list([1]);
    const listener = new Listener({ address: ["127.0.0.1", 0], authkey: "other" });
    await listener.ready();
    cleanup.push(() => listener.close());
    const client = await Client(listener.address, { authkey: "other" });
    cleanup.push(() => client.close());
    const sent = await client.send([list]).then(
      () => "sent",
      (error: unknown) => error,
    );
    expect(sent).not.toBeInstanceOf(RuntimeError);
    const receiver = await listener.accept();
    cleanup.push(() => receiver.close());
    if (sent === "sent") expect(Buffer.from(await receiver.recvBytes()).includes("key")).toBe(false);
  });
});
