import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { serialize } from "node:v8";
import { pack, task } from "@concurrent-futures/callable";
import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import { BaseManager, Client, type SocketConnection, SyncManager } from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";

/** Clients of a manager that have the key and still do what no proxy does. They speak the protocol by hand. */

let manager: BaseManager;
let mark: string;
beforeAll(async () => {
  mark = join(await mkdtemp(join(tmpdir(), "managers-")), "imported");
  // The server's thread has a copy of the environment.
  process.env["MANAGERS_MARK"] = mark;
  manager = await new SyncManager({ address: ["127.0.0.1", 0], authkey: "key" }).start();
});
afterAll(async () => {
  await manager.shutdown();
  await rm(dirname(mark), { recursive: true });
});

interface Answer {
  readonly id: number;
  readonly ok: boolean;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
  readonly ackRequested?: boolean;
}

/** A client of the server, without a proxy's manners. */
class RawClient {
  readonly connection: SocketConnection;
  #last = 0;

  private constructor(connection: SocketConnection) {
    this.connection = connection;
  }

  static async connect(): Promise<RawClient> {
    return new RawClient(await Client(manager.address, { authkey: "key" }));
  }

  static async join(name: string): Promise<RawClient> {
    const client = await RawClient.connect();
    await client.tell({ op: "hello", id: 0, client: name });
    return client;
  }

  tell(request: object): Promise<void> {
    return this.connection.sendBytes(encodeForNetwork(packed(request), { name: "the request" }));
  }

  async ask(request: object): Promise<Answer> {
    await this.tell({ ...request, id: ++this.#last });
    return await this.answer();
  }

  async answer(): Promise<Answer> {
    const answer = decodeFromNetwork(await this.connection.recvBytes()) as Answer;
    return answer.value instanceof Uint8Array
      ? { ...answer, value: decodeFromNetwork(answer.value) }
      : answer;
  }

  call(object: string, method: string, ...args: unknown[]): Promise<Answer> {
    return this.ask({ op: "call", object, method, args, owner: "0" });
  }

  async make(type: string, ...args: unknown[]): Promise<string> {
    const { value } = await this.ask({ op: "create", type, args });
    return (value as { id: string }).id;
  }
}

/** Arguments go as bytes of their own, as the requests of proxies have them. */
function packed(request: object): object {
  const { args } = (request ?? {}) as { args?: unknown };
  return !Array.isArray(args) ? request : { ...request, args: encodeForNetwork(args, { name: "args" }) };
}

describe("an item that a client was sent and never received", () => {
  test("is put back when the client goes, in front of the others", async () => {
    const [steady, fleeting] = [await RawClient.join("steady"), await RawClient.join("fleeting")];
    const queue = await steady.make("Queue");
    for (const item of [1, 2, 3]) await steady.call(queue, "put", item);
    for (const item of [1, 2])
      expect(await fleeting.call(queue, "get")).toMatchObject({ value: item, ackRequested: true });
    expect((await steady.call(queue, "qsize")).value).toBe(1);
    fleeting.connection.destroy();
    await until(async () => (await steady.call(queue, "qsize")).value === 3);
    const got: unknown[] = [];
    for (let n = 0; n < 3; n++) got.push((await steady.call(queue, "get", 0)).value);
    expect(got).toEqual([1, 2, 3]);
    steady.connection.destroy();
  });

  test("goes to who waits for one", async () => {
    const [steady, fleeting] = [await RawClient.join("steady"), await RawClient.join("fleeting")];
    const queue = await steady.make("SimpleQueue");
    await steady.call(queue, "put", "only");
    expect(await fleeting.call(queue, "get")).toMatchObject({ value: "only" });
    const waiting = steady.call(queue, "get");
    fleeting.connection.destroy();
    expect(await waiting).toMatchObject({ ok: true, value: "only" });
    steady.connection.destroy();
  });

  test("takes its place back from nobody: a bounded queue holds one more for a while", async () => {
    const [steady, fleeting] = [await RawClient.join("steady"), await RawClient.join("fleeting")];
    const queue = await steady.make("Queue", 1);
    await steady.call(queue, "put", "first");
    expect(await fleeting.call(queue, "get")).toMatchObject({ value: "first" });
    await steady.call(queue, "put", "second");
    const putter = await RawClient.join("putter");
    const placed = putter.call(queue, "put", "third");
    fleeting.connection.destroy();
    await until(async () => (await steady.call(queue, "qsize")).value === 2);
    expect((await steady.call(queue, "get")).value).toBe("first");
    // Only now one more would be too many no longer.
    expect((await steady.call(queue, "qsize")).value).toBe(1);
    expect((await steady.call(queue, "get")).value).toBe("second");
    expect((await placed).ok).toBe(true);
    expect((await steady.call(queue, "get")).value).toBe("third");
    for (const { connection } of [steady, putter]) connection.destroy();
  });

  test("stays with a client that said that it has it", async () => {
    const [steady, fleeting] = [await RawClient.join("steady"), await RawClient.join("fleeting")];
    const [queue, lock] = [await steady.make("Queue"), await steady.make("Lock")];
    await steady.call(queue, "put", "mine");
    await fleeting.call(lock, "acquire");
    const { id } = await fleeting.call(queue, "get");
    await fleeting.tell({ op: "received", id: 0, reply: id });
    fleeting.connection.destroy();
    // It is free when the server has noticed that the client is gone.
    expect((await steady.call(lock, "acquire")).value).toBe(true);
    expect((await steady.call(queue, "empty")).value).toBe(true);
    steady.connection.destroy();
  });
});

describe("a client that has the key and means harm", () => {
  test.each<[string, (client: RawClient) => Promise<unknown>]>([
    ["sends what is no message", ({ connection }) => connection.sendBytes(Buffer.from("garbage"))],
    ["sends null", (client) => client.tell(null as never)],
    [
      "says hello with something that is no name",
      (client) => client.tell({ op: "hello", id: 0, client: { toString: 1 } }),
    ],
    [
      "announces four gigabytes",
      async ({ connection }) => connection.write(Buffer.from([255, 255, 255, 255])),
    ],
    ["gives a request no number", (client) => client.tell({ op: "hello", id: "1", client: "hostile" })],
    ["asks before it has said hello", (client) => client.tell({ op: "info", id: 1 })],
    [
      "leaves in the middle of a message",
      async ({ connection }) => {
        connection.write(Buffer.from([0, 0, 1, 0, 7]));
        connection.close();
      },
    ],
  ])("is hung up on when it %s, and the others never notice", async (_, harm) => {
    const [steady, hostile] = [await RawClient.join("steady"), await RawClient.connect()];
    const queue = await steady.make("Queue");
    const waiting = steady.call(queue, "get");
    const end = hostile.connection.recvBytes().catch((error: unknown) => error);
    await harm(hostile);
    expect(await end).toMatchObject({ code: expect.stringMatching(/EOF|OS/) });
    const other = await RawClient.join("other");
    await other.call(queue, "put", "still served");
    expect((await waiting).value).toBe("still served");
    for (const { connection } of [steady, other]) connection.destroy();
  });

  test("is told what is wrong with a request, and may go on", async () => {
    const client = await RawClient.join("clumsy");
    const dict = await client.make("dict");
    const wrong = [
      { op: "no such thing" },
      { op: 1n },
      { op: "create", type: "constructor", args: [] },
      { op: "create", type: "Semaphore", args: [-1] },
      { op: "call", object: "no such object", method: "get", args: [], owner: "0" },
      { op: "call", object: { toString: null }, method: "get", args: [], owner: "0" },
      { op: "call", object: dict, method: "constructor", args: [], owner: "0" },
      { op: "call", object: dict, method: "__proto__", args: [], owner: "0" },
      { op: "call", object: dict, method: "get", args: null, owner: "0" },
      { op: "call", object: dict, method: "pop", args: ["absent"], flow: {} },
    ];
    for (const request of wrong) expect(await client.ask(request)).toMatchObject({ ok: false });
    expect(await client.call(dict, "size")).toMatchObject({ ok: true, value: 0 });
    client.connection.destroy();
  });

  test.each([
    "constructor",
    "__proto__",
    "__defineGetter__",
    "hasOwnProperty",
    "toString",
    "valueOf",
    "then",
    "#map",
    "prototype",
  ])("cannot call what no object exposes: %s", async (method) => {
    const client = await RawClient.join("curious");
    for (const type of ["dict", "list", "Queue"]) {
      const answer = await client.call(await client.make(type), method);
      expect(answer).toMatchObject({ ok: false, error: { name: "AttributeError" } });
    }
    client.connection.destroy();
  });

  test("has no code run: what would be code between workers is data here", async () => {
    const client = await RawClient.join("injector");
    const list = await client.make("list");
    const byReference = task(new URL("./fixtures/leaves-a-mark.mjs", import.meta.url), "leave");
    const byValue = (path: string) => path.length;
    for (const item of [byReference, byValue, [{ deep: byReference }], new Map([[1, byValue]])]) {
      expect(() => encodeForNetwork([item], { name: "args" })).toThrow(
        "code is never accepted from a network",
      );
      // As a worker would send it: steps that import and evaluate, which nobody here carries out.
      const packed = JSON.parse(JSON.stringify(pack([item], [], "spawn"))) as unknown;
      const request = { op: "call", object: list, method: "append", args: [packed], owner: "0" };
      expect(await client.ask(request)).toMatchObject({ ok: true });
    }
    for (const args of [serialize(pack([byReference], [], "spawn")), pack([byValue], [], "spawn")]) {
      const request = { op: "call", object: list, method: "append", args, owner: "0" };
      expect(await client.ask(request)).toMatchObject({ ok: false });
    }
    expect((await client.call(list, "length")).value).toBe(4);
    expect(existsSync(mark)).toBe(false);
    client.connection.destroy();
  });

  test("can give up only references that are its own", async () => {
    const [steady, hostile] = [await RawClient.join("steady"), await RawClient.join("hostile")];
    const list = await steady.make("list", [1, 2]);
    await steady.ask({ op: "incref", object: list });
    for (let n = 0; n < 10; n++) await hostile.ask({ op: "decref", object: list });
    await hostile.ask({ op: "incref", object: list });
    for (let n = 0; n < 10; n++) await hostile.ask({ op: "decref", object: list });
    expect((await steady.call(list, "length")).value).toBe(2);
    for (const { connection } of [steady, hostile]) connection.destroy();
  });
});

describe("a message that is too long", () => {
  test("fails its own call only, on the way to the server and from it", async () => {
    const client = await new BaseManager({ address: manager.address, authkey: "key" })
      .register("list")
      .register("Queue")
      .connect();
    const [list, queue] = [await client.create("list"), await client.create("Queue")];
    const waiting = queue.callMethod("get");
    const tooLong = { name: "ValueError", message: expect.stringContaining("too long") };
    await expect(list.callMethod("append", [new Uint8Array(2 ** 28)])).rejects.toMatchObject(tooLong);
    expect(await list.callMethod("length")).toBe(0);
    if (process.env["STRESS"] === "1") {
      const half = new Uint8Array(2 ** 27);
      for (let n = 0; n < 2; n++) await list.callMethod("append", [half]);
      await expect(list.callMethod("toArray")).rejects.toMatchObject(tooLong);
      expect(await list.callMethod("length")).toBe(2);
    }
    await queue.callMethod("put", ["meanwhile"]);
    expect(await waiting).toBe("meanwhile");
  });
});

describe("a server that hangs up", () => {
  test("before it has proved its key is gone, not one that refuses", async () => {
    const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const client = new BaseManager({ address: ["127.0.0.1", port], authkey: "key" });
    await expect(client.connect()).rejects.toMatchObject({
      code: "ERR_BROKEN_PIPE",
      cause: { code: "ERR_AUTHENTICATION" },
    });
    server.close();
  });

  test("because the keys differ is an AuthenticationError", async () => {
    const client = new BaseManager({ address: manager.address, authkey: "other" });
    await expect(client.connect()).rejects.toMatchObject({ code: "ERR_AUTHENTICATION" });
  });
});
