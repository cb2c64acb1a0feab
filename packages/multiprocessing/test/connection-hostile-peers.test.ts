import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { serialize } from "node:v8";
import { reduce, revive } from "@concurrent-futures/callable";
import { encodeForNetwork } from "@concurrent-futures/callable/network";
import { ArgumentTypeError, SerializationError, ValueError } from "@concurrent-futures/core";
import { Client, Listener } from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";

/** A peer that writes what it likes. */
class RawPeer {
  readonly socket: Socket;

  constructor(path: string) {
    this.socket = connect(path);
  }

  message(body: Uint8Array, sent?: () => void): void {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    this.socket.write(Buffer.concat([head, body]), sent);
  }
}

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
  delete (globalThis as { ran?: unknown }).ran;
});

/** A listener without a key, and a stranger that has connected to it. */
async function visited(options: ConstructorParameters<typeof Listener>[0] = {}) {
  const listener = new Listener(options);
  cleanup.push(() => listener.close());
  await listener.ready();
  const peer = new RawPeer(listener.address as string);
  cleanup.push(() => peer.socket.destroy());
  const connection = await listener.accept();
  cleanup.push(() => connection.close());
  return { peer, connection, listener };
}

const packed = "\u0000concurrent-futures.packed";

/** What other versions of this library would have carried out, step by step. */
const packedMessages: readonly [string, () => unknown][] = [
  [
    "that makes a function of a text, and calls it",
    () => {
      const [a, b] = [
        [0, 1],
        [1, 0],
      ];
      return {
        [packed]: 1,
        root: [],
        steps: [
          { op: "symbol", to: 0, known: true, key: "constructor" },
          { op: "symbol", to: 1, known: false, key: "concurrent-futures.revive" },
          { op: "instance", to: 2, of: -1, base: "object" },
          { op: "put", into: a, key: 0, from: 1 },
          { op: "put", into: a, key: 1, from: 0 },
          { op: "fields", of: 2, fields: {}, symbols: a },
          { op: "revive", to: 3, of: 2, state: ["globalThis.ran = true"] },
          { op: "instance", to: 4, of: -1, base: "object" },
          { op: "put", into: b, key: 0, from: 1 },
          { op: "put", into: b, key: 1, from: 3 },
          { op: "fields", of: 4, fields: {}, symbols: b },
          { op: "revive", to: 5, of: 4, state: [0] },
        ],
      };
    },
  ],
  [
    "that writes to Array.prototype",
    () => ({
      [packed]: 1,
      root: [],
      steps: [{ op: "fields", of: "__proto__", fields: { polluted: "yes" } }],
    }),
  ],
  [
    "that evaluates a text",
    () => ({
      [packed]: 1,
      root: [],
      steps: [
        {
          op: "define",
          to: 0,
          shape: { text: "globalThis.ran = true", kind: "function", definitionTime: [], callTime: [] },
          definitionTime: [],
        },
      ],
    }),
  ],
  [
    "that claims a buffer of four gigabytes",
    () => ({
      [packed]: 1,
      root: [],
      steps: [{ op: "buffer", to: 0, bytes: { buffer: { length: 2 ** 32 } } }],
    }),
  ],
  ["that has no steps", () => ({ [packed]: 1, root: [] })],
];

describe("a connection with a stranger at the other end", () => {
  test.each(packedMessages)("a message %s is refused, and the next one is received", async (_what, make) => {
    const { peer, connection } = await visited();
    peer.message(serialize(make()));
    peer.message(encodeForNetwork("still here", { name: "the message" }));
    await expect(connection.recv()).rejects.toBeInstanceOf(SerializationError);
    expect(await connection.recv()).toBe("still here");
    expect((globalThis as { ran?: unknown }).ran).toBeUndefined();
    expect(([] as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("says what it was sent when that is a Python pickle", async () => {
    const { peer, connection } = await visited();
    peer.message(Uint8Array.from([0x80, 4, 0x4e, 0x2e]));
    await expect(connection.recv()).rejects.toThrow("Python pickle");
  });

  test("a class is made only when this side allows it, by its own [revive]", async () => {
    class Temperature {
      readonly kelvin: number;
      constructor(kelvin: number) {
        this.kelvin = kelvin;
      }
      [reduce](medium: string): unknown {
        return { kelvin: this.kelvin, medium };
      }
      static [revive](state: { kelvin: number; medium: string }, medium: string): Temperature {
        expect([state.medium, medium]).toEqual(["network", "network"]);
        return new Temperature(state.kelvin);
      }
    }
    const listener = new Listener({ allow: [Temperature] });
    cleanup.push(() => listener.close());
    await listener.ready();
    const client = await Client(listener.address);
    cleanup.push(() => client.close());
    const server = await listener.accept();
    cleanup.push(() => server.close());
    await client.send([new Temperature(300)]);
    expect(await server.recv()).toEqual([new Temperature(300)]);
    await server.send(new Temperature(1));
    await expect(client.recv()).rejects.toThrow("allow: [Temperature]");
  });

  test("wrong `allow` options are refused at the call", async () => {
    expect(() => new Listener({ allow: {} as never })).toThrow(ArgumentTypeError);
    expect(() => new Listener({ allow: [() => 1] as never })).toThrow(ArgumentTypeError);
    expect(() => new Listener({ allow: [class A {}, { A: class A {} }.A] })).toThrow(ValueError);
    await expect(Client("/nowhere", { allow: [5] as never })).rejects.toBeInstanceOf(ArgumentTypeError);
  });

  test("functions are refused where they are sent, with the path", async () => {
    const { connection } = await visited();
    await expect(connection.send({ callback: () => 1 })).rejects.toThrow(".callback");
  });

  test("what nobody receives is bounded by bytes, and all of it arrives in the end", async () => {
    const { peer, connection } = await visited();
    const megabyte = encodeForNetwork(new Uint8Array(2 ** 20), { name: "the message" });
    const count = 96;
    let taken = 0;
    const send = (): void => {
      // One after the other: of writes that wait together Node says only when all have been taken.
      if (taken < count) peer.message(megabyte, () => ++taken && send());
    };
    send();
    // This side takes no more when nothing has changed for a hundred turns.
    for (let turns = 0, before = -1; turns < 100; turns++) {
      if (taken !== before) turns = 0;
      before = taken;
      // biome-ignore lint/style/noRestrictedGlobals: that nothing changes can only be told after some time.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(taken).toBeLessThan(48);
    for (let at = 0; at < count; at++) expect(await connection.recv()).toHaveLength(2 ** 20);
    expect(taken).toBe(count);
    peer.socket.end();
    await expect(connection.recv()).rejects.toThrow("closed");
  });

  test("a message that is announced longer than `maxMessageSize` ends the connection", async () => {
    const { peer, connection } = await visited({ maxMessageSize: 1_000 });
    peer.message(encodeForNetwork("x".repeat(900), { name: "the message" }));
    expect(await connection.recv()).toHaveLength(900);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(1_001);
    peer.socket.write(head);
    await expect(connection.recv()).rejects.toThrow("bad message length");
  });

  test("whatever frames come: each is a value or a SerializationError, and the connection goes on", async () => {
    const { peer, connection } = await visited();
    const runs = process.env["STRESS"] ? 200_000 : 1_500;
    const seed = encodeForNetwork(
      { a: [1, "x", new Map([[1, new Error("y")]])], b: new Date(0) },
      { name: "x" },
    );
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from([0xcf, ...bytes])),
      fc.tuple(fc.nat(seed.length - 1), fc.nat(255)).map(([at, value]) => {
        const bytes = Uint8Array.from(seed);
        bytes[at] = value;
        return bytes;
      }),
      fc.anything().map((value) => new Uint8Array(serialize(value))),
    );
    await fc.assert(
      fc.asyncProperty(body, async (bytes) => {
        peer.message(bytes);
        try {
          await connection.recv();
        } catch (error) {
          if (!(error instanceof SerializationError)) throw error;
        }
      }),
      { numRuns: runs },
    );
    peer.socket.end();
    await once(peer.socket, "close");
  });
});
