import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { serialize } from "node:v8";
import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import { Client, Listener, type SocketConnection } from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { reply, request } from "./support/manager-wire.ts";
import { framed, mutated, networkMessage } from "./support/network-wire.ts";
import { workerRequest } from "./support/packed-wire.ts";
import { answered, Receiver } from "./support/receiver.ts";

/**
 * Every receiver that there is on a socket, in a program of its own, and whatever the other side sends. After each case it must answer
 * whoever asks properly; in the end no code has run, nothing of the program has changed, and it has neither stopped nor grown.
 */

type Address = [string, number];
/** How often a case is tried for each that the short form tries. */
const factor = process.env["STRESS"] ? 300 : 1;
const key = "a key";
const bytesOf = (value: unknown): Uint8Array => encodeForNetwork(value, { name: "a message" });

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

async function receiver(role: string, options: object = {}, address?: unknown): Promise<Receiver> {
  const started = await Receiver.start(role, options, address);
  cleanup.push(() => started.end());
  return started;
}

/** Bodies of messages: made by the format's rules, and then spoilt; what Python and V8 write; bytes. */
const body = fc.oneof(
  { weight: 4, arbitrary: networkMessage },
  { weight: 4, arbitrary: mutated(networkMessage) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.anything().map((value) => new Uint8Array(serialize(value))) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Uint8Array.from([0x80, 4, ...bytes])),
  },
);

/** What goes over the socket in one case. After `torn` the receiver waits for more, or has hung up. */
interface Sent {
  readonly frames: Uint8Array;
  readonly torn: boolean;
}
const sentBy = (bodies: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Sent> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .array(bodies, { minLength: 1, maxLength: 3 })
        .map((all) => ({ frames: Buffer.concat(all.map((each) => framed(each))), torn: false })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(bodies, fc.oneof(fc.nat(300), fc.constantFrom(2 ** 28, 2 ** 28 + 1, 2 ** 31, 2 ** 32 - 1)))
        .map(([each, length]) => ({ frames: framed(each, length), torn: true })),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }).map((frames) => ({ frames, torn: true })) },
  );

/** Sends a case, and asks properly: on this connection unless it is torn. Gives the connection for the next case. */
async function attack(
  connection: SocketConnection,
  { frames, torn }: Sent,
  again: () => Promise<SocketConnection>,
  ask: (connection: SocketConnection) => Promise<void>,
): Promise<SocketConnection> {
  connection.write(frames);
  if (!torn) {
    try {
      await answered(ask(connection));
      return connection;
    } catch (error) {
      if (!(error instanceof Error) || error.message.includes("No answer")) throw error;
    }
  }
  connection.close();
  const next = await answered(again());
  await answered(ask(next));
  return next;
}

let probes = 0;
async function probe(connection: SocketConnection): Promise<void> {
  const asked = ++probes;
  await connection.send(["probe", asked]);
  for (;;) {
    const answer = decodeFromNetwork(await connection.recvBytes());
    if (Array.isArray(answer) && answer[1] === asked) return;
  }
}

const keys: readonly [string, { authkey: string } | { authkey: null }][] = [
  ["without a key", { authkey: null }],
  ["with a key, from a peer that has proved it", { authkey: key }],
];

describe("whatever a peer sends, it is one value or one refusal", () => {
  test.each(keys)("to a Listener %s", async (_what, options) => {
    const program = await receiver("listener", options);
    const again = (): Promise<SocketConnection> => Client(program.ready as Address, options);
    let connection = await again();
    cleanup.push(() => connection.close());
    await fc.assert(
      fc.asyncProperty(sentBy(body), async (sent) => {
        connection = await attack(connection, sent, again, probe);
      }),
      { numRuns: 700 * factor, endOnFailure: true },
    );
    const { received, refused } = await program.expectUnharmed();
    expect(Math.min(received, refused)).toBeGreaterThan(100);
  });

  test.each(keys)("to a Client %s", async (_what, options) => {
    const listener = await new Listener({ address: ["127.0.0.1", 0], ...options }).ready();
    cleanup.push(() => listener.close());
    const program = await receiver("client", options, listener.address);
    const again = (): Promise<SocketConnection> => listener.accept();
    let connection = await again();
    cleanup.push(() => connection.close());
    await fc.assert(
      fc.asyncProperty(sentBy(body), async (sent) => {
        connection = await attack(connection, sent, again, probe);
      }),
      { numRuns: 700 * factor, endOnFailure: true },
    );
    const { received, refused } = await program.expectUnharmed();
    expect(Math.min(received, refused)).toBeGreaterThan(100);
  });
});

/** Messages of a handshake, each with its frame: nearly right ones, and all others. */
const handshake: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      fc
        .tuple(
          fc.constantFrom("#CHALLENGE#", "#WELCOME#", "#FAILURE#", "{cf1}", "{sha256}", ""),
          fc.constantFrom("", "{sha256}", "{md5}", "{sha3_256}", "{shake_128}", "{constructor}", "{", "{}"),
          fc.constantFrom("", "cf-own-1"),
          fc.uint8Array({ maxLength: 80 }),
        )
        .map(([prefix, digest, mark, rest]) => Buffer.concat([Buffer.from(prefix + digest + mark), rest])),
      fc.uint8Array({ maxLength: 300 }),
    ),
    { maxLength: 3 },
  )
  .chain((messages) =>
    fc.oneof(
      { weight: 5, arbitrary: fc.constant(Buffer.concat(messages.map((each) => framed(each)))) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
    ),
  );

describe("whatever somebody without the key says, nobody lets them in", () => {
  test.each(["listener", "server"])("a %s", async (role) => {
    const program = await receiver(role, { authkey: key });
    const [host, port] = program.ready as Address;
    const good = async (): Promise<void> => {
      const connection = await Client([host, port], { authkey: key });
      if (role === "listener") await probe(connection);
      connection.close();
    };
    let cases = 0;
    await fc.assert(
      fc.asyncProperty(handshake, async (bytes) => {
        const socket = connect(port, host).on("error", () => {});
        const said: Buffer[] = [];
        socket.on("data", (piece) => said.push(piece));
        const closed = once(socket, "close");
        socket.end(bytes);
        await answered(closed);
        expect(Buffer.concat(said).includes("#WELCOME#")).toBe(false);
        if (++cases % 20 === 0) await answered(good());
      }),
      { numRuns: 250 * factor, endOnFailure: true },
    );
    await good();
    await program.expectUnharmed();
  });

  test.each(["client", "asking"])("a program that connects [%s]", async (role) => {
    const visits: ((socket: Socket) => void)[] = [];
    const waiting: Socket[] = [];
    const server: Server = createServer((socket) => {
      const visit = visits.shift();
      if (visit) visit(socket);
      else waiting.push(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanup.push(() => server.close());
    const visitor = (): Promise<Socket> => {
      const socket = waiting.shift();
      return socket ? Promise.resolve(socket) : new Promise((resolve) => visits.push(resolve));
    };
    const program = await receiver(role, { authkey: key }, [
      "127.0.0.1",
      (server.address() as AddressInfo).port,
    ]);
    cleanup.push(() => program.end());
    await fc.assert(
      fc.asyncProperty(handshake, async (bytes) => {
        const socket = (await answered(visitor())).on("error", () => {});
        const closed = once(socket, "close");
        socket.resume();
        socket.end(bytes);
        await answered(closed);
      }),
      { numRuns: 250 * factor, endOnFailure: true },
    );
    const { received } = await program.expectUnharmed();
    expect(received).toBe(0);
  });
});

describe("whatever a client of a manager that has the key asks", () => {
  test("the server answers or hangs up, and serves the others", async () => {
    const program = await receiver("server");
    const again = async (): Promise<SocketConnection> => {
      const connection = await Client(program.ready as Address, { authkey: key });
      await connection.sendBytes(bytesOf({ op: "hello", id: 0, client: `client ${++probes}` }));
      return connection;
    };
    let asked = 2 ** 32;
    const ask = async (connection: SocketConnection, message: object = { op: "info" }): Promise<unknown> => {
      const id = ++asked;
      await connection.sendBytes(bytesOf({ ...message, id }));
      for (;;) {
        const answer = decodeFromNetwork(await connection.recvBytes()) as { id: number; value: unknown };
        if (answer.id === id) return answer.value;
      }
    };
    const steady = await again();
    cleanup.push(() => steady.close());
    const made = await ask(steady, { op: "create", type: "list", args: bytesOf([[1, 2]]) });
    const { id: list } = decodeFromNetwork(made as Uint8Array) as { id: string };
    let connection = await again();
    cleanup.push(() => connection.close());
    const requests = fc.oneof(
      { weight: 6, arbitrary: request(list) },
      { weight: 1, arbitrary: mutated(request(list)) },
      { weight: 1, arbitrary: body },
    );
    await fc.assert(
      fc.asyncProperty(sentBy(requests), async (sent) => {
        connection = await attack(connection, sent, again, async (one) => void (await ask(one)));
      }),
      { numRuns: 600 * factor, endOnFailure: true },
    );
    await answered(ask(steady));
    await program.expectUnharmed();
  });

  test("and a worker of this program that gives it lists of holes as arguments", async () => {
    const program = await receiver("manager");
    const { address, key: own } = program.ready as { address: string; key: number[] };
    const connection = await Client(address, { authkey: Uint8Array.from(own) });
    cleanup.push(() => connection.close());
    connection.write(framed(serialize({ op: "hello", id: 0, client: "worker of holes" })));
    const holes = new Array<unknown>(2 ** 32 - 1);
    const packedHoles = { "\0concurrent-futures.packed": 1, root: holes, steps: [] };
    for (const args of [holes, packedHoles]) {
      connection.write(framed(serialize({ op: "create", id: 1, type: "list", args })));
      await answered(connection.recvBytes());
    }
    await program.expectUnharmed();
  });

  test("and whatever a worker of this program asks of a server that is this program's own", async () => {
    const program = await receiver("manager");
    const { address, key: own } = program.ready as { address: string; key: number[] };
    const again = async (): Promise<SocketConnection> => {
      const connection = await Client(address, { authkey: Uint8Array.from(own) });
      connection.write(framed(serialize({ op: "hello", id: 0, client: `worker ${++probes}` })));
      return connection;
    };
    const ask = async (connection: SocketConnection): Promise<void> => {
      connection.write(framed(serialize({ op: "info", id: 2 ** 40 })));
      // The next answer of any kind will do: V8's bytes are not read here.
      await connection.recvBytes();
    };
    let connection = await again();
    cleanup.push(() => connection.close());
    const requests = fc.oneof(
      { weight: 6, arbitrary: workerRequest },
      { weight: 1, arbitrary: mutated(workerRequest) },
    );
    await fc.assert(
      fc.asyncProperty(sentBy(requests), async (sent) => {
        connection = await attack(connection, sent, again, ask);
      }),
      { numRuns: 300 * factor, endOnFailure: true },
    );
    await program.expectUnharmed();
  });
});

describe("whatever a server of a manager answers", () => {
  test("each call of its client settles, and the next one is answered", async () => {
    const listener = await new Listener({ address: ["127.0.0.1", 0], authkey: key }).ready();
    cleanup.push(() => listener.close());
    const program = await receiver("asking", {}, listener.address);
    const total = 600 * factor;
    let served = 0;
    let done = (_error?: unknown): void => {};
    const all = new Promise<void>((resolve, reject) => {
      done = (error) => (error === undefined ? resolve() : reject(error));
    });
    const state = { address: listener.address, id: "x", type: "list", exposed: ["get"] };
    const serve = async (connection: SocketConnection): Promise<void> => {
      for (;;) {
        const { id, op } = decodeFromNetwork(await connection.recvBytes()) as { id: number; op: string };
        if (id === 0) continue;
        const answers = fc.oneof(
          { weight: 5, arbitrary: reply(id) },
          { weight: 2, arbitrary: mutated(reply(id)) },
          { weight: 1, arbitrary: body },
        );
        const honest = bytesOf({ id, ok: true, value: op === "create" ? bytesOf(state) : null });
        // One that is about to make its list gets it, most of the time: the calls come after that.
        const [wrong] = op === "call" ? fc.sample(answers, 1) : [];
        connection.write(Buffer.concat([...(wrong ? [framed(wrong)] : []), framed(honest)]));
        if (++served === total) done();
      }
    };
    void (async () => {
      for (;;) {
        const connection = await listener.accept();
        cleanup.push(() => connection.close());
        serve(connection).catch(() => {});
      }
    })().catch(() => {});
    let last = -1;
    while (served < total) {
      // biome-ignore lint/style/noRestrictedGlobals: a limit for a receiver that is silent.
      await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 5_000))]);
      expect(served).toBeGreaterThan(last);
      last = served;
    }
    await program.expectUnharmed();
  });
});
