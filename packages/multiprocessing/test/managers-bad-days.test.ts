import { deserialize, serialize } from "node:v8";
import { BaseManager, Client, type SocketConnection } from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

/** Clients of a manager that have the key and still do what no proxy does. They speak the protocol by hand. */

let manager: BaseManager;
beforeAll(async () => {
  manager = await new BaseManager({ address: ["127.0.0.1", 0], authkey: "key" }).start();
});
afterAll(() => manager.shutdown());

interface Answer {
  readonly id: number;
  readonly ok: boolean;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
  readonly receipt?: boolean;
}

/** A client of the server, without a proxy's manners. */
class Stranger {
  readonly connection: SocketConnection;
  #last = 0;

  private constructor(connection: SocketConnection) {
    this.connection = connection;
  }

  static async join(name: string): Promise<Stranger> {
    const stranger = new Stranger(await Client(manager.address, { authkey: "key" }));
    await stranger.tell({ op: "hello", id: 0, client: name });
    return stranger;
  }

  tell(request: object): Promise<void> {
    return this.connection.sendBytes(serialize(request));
  }

  async ask(request: object): Promise<Answer> {
    await this.tell({ ...request, id: ++this.#last });
    return await this.answer();
  }

  async answer(): Promise<Answer> {
    return deserialize(await this.connection.recvBytes()) as Answer;
  }

  call(object: string, method: string, ...args: unknown[]): Promise<Answer> {
    return this.ask({ op: "call", object, method, args, flow: "0" });
  }

  async make(type: string, ...args: unknown[]): Promise<string> {
    const { value } = await this.ask({ op: "create", type, args });
    return (value as { id: string }).id;
  }
}

describe("an item that a client was sent and never received", () => {
  test("is put back when the client goes, in front of the others", async () => {
    const [steady, fleeting] = [await Stranger.join("steady"), await Stranger.join("fleeting")];
    const queue = await steady.make("Queue");
    for (const item of [1, 2, 3]) await steady.call(queue, "put", item);
    for (const item of [1, 2])
      expect(await fleeting.call(queue, "get")).toMatchObject({ value: item, receipt: true });
    expect((await steady.call(queue, "qsize")).value).toBe(1);
    fleeting.connection.destroy();
    await until(async () => (await steady.call(queue, "qsize")).value === 3);
    const got: unknown[] = [];
    for (let n = 0; n < 3; n++) got.push((await steady.call(queue, "getNowait")).value);
    expect(got).toEqual([1, 2, 3]);
    steady.connection.destroy();
  });

  test("goes to who waits for one", async () => {
    const [steady, fleeting] = [await Stranger.join("steady"), await Stranger.join("fleeting")];
    const queue = await steady.make("SimpleQueue");
    await steady.call(queue, "put", "only");
    expect(await fleeting.call(queue, "get")).toMatchObject({ value: "only" });
    const waiting = steady.call(queue, "get");
    fleeting.connection.destroy();
    expect(await waiting).toMatchObject({ ok: true, value: "only" });
    steady.connection.destroy();
  });

  test("takes its place back from nobody: a bounded queue holds one more for a while", async () => {
    const [steady, fleeting] = [await Stranger.join("steady"), await Stranger.join("fleeting")];
    const queue = await steady.make("Queue", 1);
    await steady.call(queue, "put", "first");
    expect(await fleeting.call(queue, "get")).toMatchObject({ value: "first" });
    await steady.call(queue, "put", "second");
    const putter = await Stranger.join("putter");
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
    const [steady, fleeting] = [await Stranger.join("steady"), await Stranger.join("fleeting")];
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

/** Waits until a promised condition holds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await holds())) if (performance.now() > end) throw new Error("not so after 10 s");
}
