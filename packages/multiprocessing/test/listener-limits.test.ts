import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Client, Listener, type ListenerLimits } from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, test } from "@jest/globals";

/** What those who connect to a listener can make it hold before it accepts them. */

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

async function listening(limits: Partial<ListenerLimits>, authkey: string | null = null): Promise<Listener> {
  const listener = await new Listener({ address: ["127.0.0.1", 0], authkey, limits, backlog: 1024 }).ready();
  cleanup.push(() => listener.close());
  return listener;
}

async function visitor(listener: Listener): Promise<Socket> {
  const [host, port] = listener.address as [string, number];
  const socket = connect(port, host).on("error", () => {});
  cleanup.push(() => socket.destroy());
  await once(socket, "connect");
  return socket.resume();
}

/** A message whose length is said, and of which some bytes come. */
function begun(length: number, sent: number): Buffer {
  const bytes = Buffer.alloc(4 + sent);
  bytes.writeUInt32BE(length);
  return bytes;
}

describe("connections that nobody has accepted yet", () => {
  test.each([null, "key"])(
    "are limited in number, and those that wait are accepted [key: %j]",
    async (authkey) => {
      const listener = await listening({ unaccepted: 3 }, authkey);
      const options = authkey === null ? {} : { authkey };
      const clients = [];
      for (let n = 0; n < 3; n++) {
        clients.push(await Client(listener.address, options));
        await clients.at(-1)?.send(n);
      }
      // The last has proved its key, and is hung up on.
      const late = await Client(listener.address, options);
      await expect(late.recv()).rejects.toMatchObject({ code: expect.stringMatching(/EOF|OS/) });
      for (let n = 0; n < 3; n++) {
        const connection = await listener.accept();
        expect(await connection.recv()).toBe(n);
        connection.close();
      }
      const [next, accepted] = await Promise.all([Client(listener.address, options), listener.accept()]);
      for (const connection of [next, accepted, late, ...clients]) connection.close();
    },
  );

  test("are read so far only, and wholly when they are accepted", async () => {
    const listener = await listening({ unacceptedBytes: 10_000 });
    const size = 50 * 2 ** 20;
    const before = process.memoryUsage().rss;
    const visitors: Socket[] = [];
    for (let n = 0; n < 6; n++) visitors.push(await visitor(listener));
    const message = begun(size, size);
    const taken = visitors.map(() => 0);
    visitors.forEach((socket, number) => {
      // Piece by piece: of writes that wait together Node says only when all have been taken.
      const send = (from: number): void => {
        const piece = message.subarray(from, from + 2 ** 18);
        taken[number] = from;
        if (piece.length > 0) socket.write(piece, () => send(from + piece.length));
      };
      send(0);
    });
    // The system takes no more either when nothing has changed for a hundred turns.
    for (let turns = 0, seen = ""; turns < 100; turns++) {
      if (String(taken) !== seen) turns = 0;
      seen = String(taken);
      // biome-ignore lint/style/noRestrictedGlobals: that nothing changes can only be told after some time.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (const bytes of taken) expect(bytes).toBeLessThan(20 * 2 ** 20);
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 2 ** 20);
    const accepted = await listener.accept();
    expect(await accepted.recvBytes()).toHaveLength(size);
    accepted.close();
  });

  test("are received to the end although their client has gone", async () => {
    const listener = await listening({ unacceptedBytes: 10_000 });
    const socket = await visitor(listener);
    socket.end(begun(200_000, 200_000));
    await once(socket, "finish");
    socket.destroy();
    const connection = await listener.accept();
    expect(await connection.recvBytes()).toHaveLength(200_000);
    await expect(connection.recvBytes()).rejects.toMatchObject({ code: "ERR_EOF" });
    connection.close();
  });
});

describe("a client that does not prove the key", () => {
  test("is hung up on after `silence`, and whoever accepts is told", async () => {
    const listener = await listening({ silence: 100 }, "key");
    const socket = await visitor(listener);
    const closed = once(socket, "close");
    await expect(listener.accept()).rejects.toThrow("did not finish the handshake in 100 ms");
    await closed;
  });
});

test("fewer unaccepted bytes than a handshake has are refused beside a key, and only there", async () => {
  const limits = { unacceptedBytes: 1_023 };
  expect(() => new Listener({ authkey: "key", limits })).toThrow("limits.unacceptedBytes");
  await new Listener({ authkey: null, limits }).close();
  const listener = await listening({ unacceptedBytes: 1_024 }, "key");
  const [client, accepted] = await Promise.all([
    Client(listener.address, { authkey: "key" }),
    listener.accept(),
  ]);
  for (const connection of [client, accepted]) connection.close();
});

test.each<[unknown, string]>([
  [{ bytes: 1 }, "bytes"],
  [{ unaccepted: 0 }, "limits.unaccepted"],
  [{ silence: "1" }, "limits.silence"],
  [5, "limits"],
])("limits %j are refused at the call", (limits, message) => {
  expect(() => new Listener({ limits: limits as never })).toThrow(message);
});
