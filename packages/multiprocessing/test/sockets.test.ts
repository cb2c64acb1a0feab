import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import { task } from "@concurrent-futures/callable";
import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import {
  AuthenticationError,
  answerChallenge,
  BaseManager,
  type ByteChannel,
  Client,
  type DigestName,
  deliverChallenge,
  Listener,
  Manager,
  Pool,
  type SocketConnection,
  wait,
} from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";

/** CPython's tests of listeners, clients and keys, by their names, over real sockets; and what blocks a thread. */

const managed = (name: string): ((...args: unknown[]) => unknown) =>
  task(new URL("./fixtures/managed.mjs", import.meta.url), name) as unknown as (
    ...args: unknown[]
  ) => unknown;

/** Both ends of a connection, and the listener closed behind them. */
async function pair(address?: readonly [string, number]): Promise<[SocketConnection, SocketConnection]> {
  await using listener = new Listener(address === undefined ? {} : { address });
  await listener.ready();
  const [server, client] = await Promise.all([listener.accept(), Client(listener.address)]);
  return [server, client];
}

describe("_TestListener", () => {
  test("test_empty_authkey: an empty key is refused, where Python takes it for one", async () => {
    for (const authkey of ["", new Uint8Array()]) {
      expect(() => new Listener({ authkey })).toThrow(ValueError);
      await expect(Client("/nowhere", { authkey })).rejects.toBeInstanceOf(ValueError);
      expect(() => new BaseManager({ authkey })).toThrow(ValueError);
    }
  });

  test("a key that is undefined is refused: the variable that it comes from is not set", async () => {
    const authkey = undefined as unknown as string;
    expect(() => new Listener({ authkey })).toThrow(ArgumentTypeError);
    await expect(Client("/nowhere", { authkey })).rejects.toBeInstanceOf(ArgumentTypeError);
    expect(() => new BaseManager({ authkey })).toThrow(ArgumentTypeError);
  });

  if (process.platform === "linux") {
    test("test_abstract_socket: an address that is no file", async () => {
      const address = `\0concurrent-futures-${randomUUID()}`;
      await using listener = new Listener({ address });
      await listener.ready();
      const [server, client] = await Promise.all([listener.accept(), Client(address)]);
      await client.send("abstract");
      expect(await server.recv()).toBe("abstract");
      expect(listener.lastAccepted).toBeUndefined();
      client.close();
      server.close();
    });
  }
});

describe("_TestListenerClient", () => {
  test("test_issue16955: poll sees what is there, and waits for what is not", async () => {
    for (const address of [undefined, ["127.0.0.1", 0] as const]) {
      const [server, client] = await pair(address);
      await server.send("hello");
      expect(await client.poll(20_000)).toBe(true);
      expect(await client.recv()).toBe("hello");
      expect(await client.poll(20)).toBe(false);
      client.close();
      server.close();
    }
  });
});

/** A peer that says what it is told. */
const saying = (...answers: readonly string[]): ByteChannel => {
  const left = [...answers];
  return {
    sendBytes: async () => {},
    recvBytes: async () => Buffer.from(left.shift() ?? ""),
  };
};

describe("OtherTest", () => {
  test("test_deliver_challenge_auth_failure: a bogus answer is refused", async () => {
    await expect(deliverChallenge(saying("something bogus"), "abc")).rejects.toBeInstanceOf(
      AuthenticationError,
    );
  });

  test("test_answer_challenge_auth_failure: a bogus challenge is refused, and so is a bogus verdict", async () => {
    await expect(answerChallenge(saying("something bogus"), "abc")).rejects.toBeInstanceOf(
      AuthenticationError,
    );
    const challenge = `#CHALLENGE#{sha256}${"x".repeat(40)}`;
    await expect(answerChallenge(saying(challenge, "something bogus"), "abc")).rejects.toBeInstanceOf(
      AuthenticationError,
    );
  });
});

describe("ChallengeResponseTest", () => {
  test.each<DigestName>(["md5", "sha256", "sha384", "sha3_256", "sha3_384"])(
    "test_challengeresponse: both know the key, by %s",
    async (digest) => {
      const [server, client] = await pair();
      await Promise.all([deliverChallenge(server, "key", digest), answerChallenge(client, "key")]);
      const refused = [deliverChallenge(server, "key", digest), answerChallenge(client, "yek")];
      for (const one of await Promise.allSettled(refused))
        expect(one).toMatchObject({ status: "rejected", reason: expect.any(AuthenticationError) });
      server.close();
      client.close();
    },
  );

  test("a digest that nobody knows is a ValueError", async () => {
    await expect(deliverChallenge(saying(), "key", "sha1" as DigestName)).rejects.toMatchObject({
      name: "ValueError",
    });
  });
});

describe("TestInvalidFamily", () => {
  test("test_invalid_family: a named pipe of Windows is a ValueError here", () => {
    expect(() => new Listener({ address: "\\\\.\\test" })).toThrow(
      expect.objectContaining({ name: "ValueError", message: expect.stringContaining("not recognized") }),
    );
  });
});

describe("TestWait", () => {
  for (const [method, slow] of [
    ["test_wait_socket", false],
    ["test_wait_socket_slow", true],
  ] as const) {
    test(`${method}: each message of four clients arrives${slow ? ", though they take their time" : ""}`, async () => {
      await using listener = new Listener({ address: ["127.0.0.1", 0] });
      await listener.ready();
      const sender = async (id: number): Promise<void> => {
        const client = await Client(listener.address);
        for (let n = 0; n < 10; n++) {
          // biome-ignore lint/style/noRestrictedGlobals: clients that take their time are what is tested.
          if (slow) await new Promise((resolve) => setTimeout(resolve, 5));
          await client.send([id, n]);
        }
        client.close();
      };
      const senders = [0, 1, 2, 3].map(sender);
      const open = new Set(await Promise.all(senders.map(() => listener.accept())));
      const seen: unknown[] = [];
      while (open.size > 0) {
        for (const connection of await wait([...open])) {
          try {
            seen.push(await connection.recv());
          } catch (error) {
            expect(error).toMatchObject({ name: "EOFError" });
            connection.close();
            open.delete(connection);
          }
        }
      }
      const expected = [0, 1, 2, 3].flatMap((id) => Array.from({ length: 10 }, (_, n) => [id, n]));
      expect(seen.map(String).sort()).toEqual(expected.map(String).sort());
      await Promise.all(senders);
    });
  }
});

describe("a socket", () => {
  test("without an address of its own is in a folder that only its user may enter", async () => {
    await using listener = await new Listener().ready();
    await using manager = await Manager();
    for (const { address } of [listener, manager]) {
      expect(statSync(dirname(address as string)).mode & 0o777).toBe(0o700);
    }
  });

  test("is read by a thread that blocks", async () => {
    const [server, client] = await pair();
    await client.send({ n: 1 });
    // More than the kernel keeps: the rest is sent by the event loop.
    const sending = client.send(new Uint8Array(20_000_000));
    expect(server.pollSync(20_000)).toBe(true);
    expect(server.recvSync()).toEqual({ n: 1 });
    expect(server.pollSync(20)).toBe(false);
    // What a blocked thread has read in part, the event loop goes on with.
    expect(((await server.recv()) as Uint8Array).length).toBe(20_000_000);
    await sending;
    client.close();
    // Both ends are in this thread: it must not block before the other has said goodbye.
    expect(await server.poll(20_000)).toBe(true);
    expect(() => server.recvSync()).toThrow(expect.objectContaining({ name: "EOFError" }));
    server.close();
  });
});

describe("a manager that many strangers connect at", () => {
  // With STRESS=1 as many as it was attacked with at first: 3,000 that stay, and 20 clients.
  const [many, clients] = process.env["STRESS"] === "1" ? [3_000, 20] : [300, 3];

  test("hangs up on those that have been silent longest, and lets in all who have the key", async () => {
    await using manager = await Manager({ address: ["127.0.0.1", 0], authkey: "right" });
    const [host, port] = manager.address as readonly [string, number];
    let ended = 0;
    const sockets = Array.from({ length: many }, () => {
      const socket = connect(port, host);
      socket.on("error", () => {});
      socket.once("close", () => ended++);
      return socket.resume();
    });
    const served = Array.from({ length: clients }, async (_, n) => {
      const client = await new BaseManager({ address: [host, port], authkey: "right" }).connect();
      return (await client.create("list", [[n]])).callMethod("pop");
    });
    expect(await Promise.all(served)).toEqual(served.map((_, n) => n));
    // As many as there are too many.
    await until(() => ended >= many - 256);
    const client = await new BaseManager({ address: [host, port], authkey: "right" }).connect();
    expect(await (await client.create("list", [[1]])).callMethod("length")).toBe(1);
    for (const socket of sockets) socket.destroy();
  }, 120_000);
});

describe("a manager among a hundred clients", () => {
  const hostile: readonly ((socket: Socket) => void)[] = [
    (socket) => socket.write("garbage of some length, no frame at all, and more of it"),
    (socket) => socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff])),
    (socket) => socket.write(Buffer.from([0, 0, 0, 64, 104, 97, 108, 102])),
    () => {},
    (socket) => socket.destroy(),
  ];

  test("serves all others while some are hostile: garbage, a huge length, half a message, silence, a wrong key", async () => {
    const stress = process.env["STRESS"] === "1";
    const clients = stress ? 100 : 12;
    await using manager = await Manager({ address: ["127.0.0.1", 0], authkey: "right" });
    const [host, port] = manager.address as readonly [string, number];
    const [dict, lock, barrier] = [
      await manager.dict<string, number>({ n: 0 }),
      await manager.Lock(),
      await manager.Barrier(clients),
    ];
    const sockets = Array.from({ length: 100 }, (_, n) => {
      const socket = connect(port, host);
      socket.on("error", () => {});
      socket.once("connect", () => hostile[n % hostile.length]?.(socket));
      return socket;
    });
    const strangers = Array.from({ length: 20 }, () => Client([host, port], { authkey: "wrong" }));
    // Each client is a thread of its own; the barrier keeps one from doing the work of two.
    await using pool = new Pool({ processes: clients, context: "thread" });
    const turns = stress ? 200 : 20;
    const rows = Array.from({ length: clients }, () => [dict, lock, barrier, turns]);
    await pool.starmap(managed("countTogether"), rows, 1);
    expect(await dict.get("n")).toBe(clients * turns);
    for (const one of await Promise.allSettled(strangers))
      expect(one).toMatchObject({ status: "rejected", reason: expect.any(AuthenticationError) });
    for (const socket of sockets) socket.destroy();
  }, 300_000);
});
