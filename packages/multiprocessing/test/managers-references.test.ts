import { task } from "@concurrent-futures/callable";
import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import { BaseManager, Listener, Pool, type SocketConnection } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";

/** What clients tell a manager's server of their proxies, seen by a server that only takes notes. */

interface Asked {
  readonly op: string;
  readonly id: number;
  readonly client?: string;
  readonly object?: string;
  readonly method?: string;
}

const managed = (name: string): ((...args: unknown[]) => unknown) =>
  task(new URL("./fixtures/managed.mjs", import.meta.url), name) as unknown as (
    ...args: unknown[]
  ) => unknown;

/** Answers a client as a manager's server would, and notes what it says. */
async function serve(
  connection: SocketConnection,
  address: readonly unknown[],
  notes: Map<string, Asked[]>,
): Promise<void> {
  let client = "";
  for (;;) {
    const asked = decodeFromNetwork(await connection.recvBytes()) as Asked;
    if (asked.op === "hello") client = String(asked.client);
    notes.set(client, [...(notes.get(client) ?? []), asked]);
    const exposed = ["put", "get"];
    const state = { address, id: "the object", type: "Queue", exposed };
    const value = asked.op === "create" ? bytesOf(state) : undefined;
    if (asked.id !== 0) await connection.sendBytes(bytesOf({ id: asked.id, ok: true, value }));
  }
}

const bytesOf = (value: unknown): Uint8Array => encodeForNetwork(value, { name: "the reply" });

describe("a worker that only blocks", () => {
  test.each(["thread", "spawn"] as const)(
    "says that it has a proxy before it uses it: the object stays as long as the worker, not only while it travels [%s]",
    async (context) => {
      await using listener = new Listener({ address: ["127.0.0.1", 0], authkey: "key" });
      await listener.ready();
      const address = listener.address as readonly [string, number];
      const notes = new Map<string, Asked[]>();
      const served: SocketConnection[] = [];
      const serving = (async () => {
        for (;;) {
          const connection = await listener.accept();
          served.push(connection);
          serve(connection, address, notes).catch(() => {});
        }
      })().catch(() => {});
      const client = await new BaseManager({ address, authkey: "key" }).register("Queue").connect();
      const queue = await client.create("Queue");
      const mine = [...notes.keys()];
      await using pool = new Pool({ processes: 1, context });
      await pool.apply(managed("blocksFor"), [queue, queue]);
      const [worker] = [...notes.keys()].filter((name) => !mine.includes(name));
      const said = (notes.get(worker as string) as Asked[]).map(({ op, method }) => method ?? op);
      expect(said.slice(0, 5)).toEqual(["hello", "incref", "incref", "put", "get"]);
      for (const connection of served) connection.close();
      await listener.close();
      await serving;
    },
  );
});
