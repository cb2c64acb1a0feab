import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect } from "node:net";
import {
  type Address,
  AuthenticationError,
  Client,
  EOFError,
  Listener,
  type SocketConnection,
} from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";
import { literal, type PythonProgram, python, pythons } from "./fixtures/python-programs.ts";

/** A real Python that knows no key, sends garbage, breaks off, or sends much; and one that is sent the same by us. */

const imports = `
import os, socket, struct, sys
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
`;

const key = "a key";
const pickles = { format: "pickle" } as const;

/** A Listener of ours, open to whoever comes first. */
const open = (): Promise<Listener> =>
  new Listener({ address: ["127.0.0.1", 0], authkey: null, ...pickles }).ready();

/** Where a Python listens that has printed its port. */
const addressOf = async (other: PythonProgram): Promise<Address> => ["127.0.0.1", Number(await other.line())];

const total = 48 * 1024 * 1024;

const withEach = pythons.length === 0 ? describe.skip.each(["(none is here)"]) : describe.each(pythons);
withEach("Python %s", (version) => {
  test("as a listener refuses our wrong key, and serves the next client", async () => {
    const other = python(
      version,
      `${imports}
with Listener(("127.0.0.1", 0), authkey=b"another") as listener:
    print(listener.address[1], flush=True)
    try: listener.accept()
    except AuthenticationError: print("refused", flush=True)
    listener.accept().send_bytes(b"in")
`,
    );
    const address = await addressOf(other);
    await expect(Client(address, { authkey: key })).rejects.toThrow(AuthenticationError);
    expect(await other.line()).toBe("refused");
    const connection = await Client(address, { authkey: "another" });
    expect(await connection.recvBytes()).toHaveLength(2);
    connection.close();
    expect(await other.ended).toBe(0);
  });

  test.each([
    ["nothing, and hangs up", "b''"],
    ["half a length", "b'\\x00\\x00'"],
    ["HTTP", "b'GET / HTTP/1.1\\r\\n\\r\\n'"],
    ["a message that is no answer", "struct.pack('!i', 9) + b'no answer'"],
    ["the length of Python's largest messages", "struct.pack('!iQ', -1, 2 ** 40)"],
    ["random bytes", "os.urandom(5000)"],
  ])("that sends %s in place of a key costs nobody else", async (_what, bytes) => {
    await using listener = await new Listener({ address: ["127.0.0.1", 0], authkey: key }).ready();
    const other = python(
      version,
      `${imports}
with socket.create_connection(${literal(listener.address)}) as raw:
    try:
        raw.sendall(${bytes})
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(65536): pass
    except OSError: pass  # we may hang up at any moment
Client(${literal(listener.address)}, authkey=b"a key").send_bytes(b"in")`,
    );
    // The garbage is an error of one accept(), or of none when its client has left before.
    let connection: SocketConnection | undefined;
    while (connection === undefined) {
      connection = await listener.accept().catch((error: unknown) => {
        expect(error).toBeInstanceOf(AuthenticationError);
        return undefined;
      });
    }
    expect(await connection.recvBytes()).toHaveLength(2);
    connection.close();
    expect(await other.ended).toBe(0);
  });

  test.each([
    ["breaks off within a message", "struct.pack('!i', 100) + b'half'", EOFError],
    ["announces more than is taken", "struct.pack('!i', 0x7fffffff)", /bad message length/],
    ["announces more than four bytes can say", "struct.pack('!iQ', -1, 2 ** 33)", /bad message length/],
  ])("that %s ends its own connection", async (_what, bytes, thrown) => {
    await using listener = await open();
    const other = python(
      version,
      `${imports}
connection = Client(${literal(listener.address)})
connection.send("first")
os.write(connection.fileno(), ${bytes})`,
    );
    const connection = await listener.accept();
    expect(await connection.recv()).toBe("first");
    await expect(connection.recv()).rejects.toThrow(thrown);
    await expect(connection.recv()).rejects.toThrow();
    expect(await other.ended).toBe(0);
  });

  test("is sent garbage by us: it refuses each message, and goes on", async () => {
    const junk = [[], [0x78], [0x80, 0x04], [0xff, 0x0f, 0x6f]];
    const other = python(
      version,
      `${imports}
with Listener(("127.0.0.1", 0)) as listener:
    print(listener.address[1], flush=True)
    connection = listener.accept()
    for _ in range(${junk.length}):
        try: connection.recv()
        except Exception as error: print("refused", flush=True)
    connection.send(connection.recv())
`,
    );
    const connection = await Client(await addressOf(other), pickles);
    for (const bytes of junk) {
      await connection.sendBytes(Uint8Array.from(bytes));
      expect(await other.line()).toBe("refused");
    }
    await connection.send(["sound"]);
    expect(await connection.recv()).toEqual(["sound"]);
    connection.close();
    expect(await other.ended).toBe(0);
  });

  test("as a listener is sent garbage in place of a key, and serves the next client", async () => {
    const other = python(
      version,
      `${imports}
with Listener(("127.0.0.1", 0), authkey=b"a key") as listener:
    print(listener.address[1], flush=True)
    try: listener.accept()
    except Exception: print("refused", flush=True)
    listener.accept().send_bytes(b"in")
`,
    );
    const address = await addressOf(other);
    const raw = connect({ host: "127.0.0.1", port: address[1] as number });
    raw.on("error", () => {}); // it may hang up before it has read all
    await once(raw, "connect");
    raw.end(Buffer.concat([Buffer.from([0, 0, 0, 5]), Buffer.from("wrong")]));
    expect(await other.line()).toBe("refused");
    raw.destroy();
    const connection = await Client(address, { authkey: key });
    expect(await connection.recvBytes()).toHaveLength(2);
    connection.close();
    expect(await other.ended).toBe(0);
  });

  // Two seconds each: the oldest and the newest stand for those between, which write the same frames.
  const large = version === pythons[0] || version === pythons.at(-1) ? test : test.skip;
  large("exchanges 48 MiB with us as one message, in both directions", async () => {
    await using listener = await open();
    const other = python(
      version,
      `${imports}
connection = Client(${literal(listener.address)})
data = bytes(range(256)) * ${total / 256}
connection.send({"data": data, "numbers": list(range(300000)), "text": "é" * 1000000})
back = connection.recv()
assert back["data"] == data and back["numbers"] == list(range(300000)) and back["text"] == "é" * 1000000`,
    );
    const connection = await listener.accept();
    const received = (await connection.recv()) as Map<string, unknown>;
    const data = received.get("data") as Uint8Array;
    expect(data).toHaveLength(total);
    const expected = Buffer.alloc(
      total,
      Uint8Array.from({ length: 256 }, (_, at) => at),
    );
    expect(Buffer.compare(data, expected)).toBe(0);
    expect((received.get("numbers") as number[]).every((value, at) => value === at)).toBe(true);
    expect(received.get("text") === "é".repeat(1_000_000)).toBe(true);
    await connection.send(received);
    expect(await other.ended).toBe(0);
    connection.close();
  });
});

test.each([2 ** 31, Number.MAX_SAFE_INTEGER])(
  "a maxMessageSize of %d is more than a length can say",
  (size) => {
    expect(() => new Listener({ maxMessageSize: size })).toThrow("at most 2147483647");
    return expect(Client(["127.0.0.1", 1], { maxMessageSize: size })).rejects.toThrow("at most 2147483647");
  },
);
