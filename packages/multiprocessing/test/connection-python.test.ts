import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SerializationError } from "@concurrent-futures/core";
import {
  type Address,
  AuthenticationError,
  Client,
  EOFError,
  Listener,
} from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";
import { literal, python, pythons } from "./fixtures/python-programs.ts";

/** Real Python at the other end of a connection. A Python that is not there is told as skipped. */

const folder = mkdtempSync(join(tmpdir(), "python-"));
let sockets = 0;

process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Every kind of plain data, in Python's words, and what it is here. */
const table: readonly (readonly [python: string, here: unknown])[] = [
  ["None", null],
  ["[True, False]", [true, false]],
  [
    "[0, 255, 65535, -1, 2**31 - 1, -2**31, 2**31, 2**53 - 1]",
    [0, 255, 65535, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53 - 1],
  ],
  ["[2**53, -2**64, 2**4000]", [2n ** 53n, -(2n ** 64n), 2n ** 4000n]],
  ["[0.5, -0.0, float('inf'), 1e300]", [0.5, -0, Number.POSITIVE_INFINITY, 1e300]],
  ["['', 'caf\\u00e9 \\U0001f600', 'x' * 70000]", ["", "café \u{1f600}", "x".repeat(70_000)]],
  [
    "[b'', bytes(range(256)), b'x' * 70000]",
    [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, at) => at), new Uint8Array(70_000).fill(120)],
  ],
  [
    "{'a': [1, {'b': None}], 2: 'two', (1, 2): 'pair'}",
    new Map<unknown, unknown>([
      ["a", [1, new Map([["b", null]])]],
      [2, "two"],
      [[1, 2], "pair"],
    ]),
  ],
  ["{1, 'a', frozenset([2])}", new Set<unknown>([1, "a", new Set([2])])],
  ["set()", new Set()],
  ["list(range(100000))", Array.from({ length: 100_000 }, (_, at) => at)],
];

const values = `[${table.map(([value]) => value).join(", ")}]`;

/** Sends each value, takes back what the other side made of it, and compares. */
const sender = `
for value in ${values}:
    connection.send(value)
    back = connection.recv()
    assert back == value, (repr(value)[:200], repr(back)[:200])
`;

const refusals = [
  ["a call of os.system", "Evil()", /posix\.system" would be called/],
  ["a date", "datetime.date(2020, 1, 1)", /datetime\.date" would be called/],
  ["a complex number", "1j", /complex" would be called/],
] as const;

const imports = `
import datetime, os, sys
from multiprocessing.connection import Client, Listener
class Evil:
    def __reduce__(self): return (os.system, ("touch " + sys.argv[1],))
`;

// A machine without Python has nothing to test against: one skipped suite says so.
const withEach = pythons.length === 0 ? describe.skip.each(["(none is here)"]) : describe.each(pythons);
withEach("Python %s", (version) => {
  const isModern = Number(version.slice(2)) >= 12;
  const key = { authkey: "a key" };
  const pythonKey = ", authkey=b'a key'";
  const addresses: readonly (readonly [string, () => Address])[] = [
    ["TCP", () => ["127.0.0.1", 0]],
    ["a Unix socket", () => join(folder, `${version}-${++sockets}`)],
  ];

  test.each(addresses)(
    "connects to our Listener over %s, and each value comes back equal",
    async (_name, at) => {
      await using listener = await new Listener({ address: at(), ...key, format: "pickle" }).ready();
      const other = python(
        version,
        `${imports}
connection = Client(${literal(listener.address)}${pythonKey})
${sender}
connection.close()`,
      );
      const connection = await listener.accept();
      for (const [, here] of table) {
        const value = await connection.recv();
        expect(value).toEqual(here);
        await connection.send(value);
      }
      await expect(connection.recv()).rejects.toThrow(EOFError);
      connection.close();
      expect(await other.ended).toBe(0);
    },
  );

  test.each(addresses)("listens over %s, and takes work from our Client", async (_name, at) => {
    const address = at();
    const other = python(
      version,
      `${imports}
with Listener(${literal(address)}${pythonKey}) as listener:
    print(listener.address[1] if isinstance(listener.address, tuple) else 0, flush=True)
    with listener.accept() as connection:
        while True:
            try: request = connection.recv()
            except EOFError: break
            connection.send({"id": request["id"], "total": sum(request["numbers"]), "bytes": request["bytes"]})
`,
    );
    const port = Number(await other.line());
    const connection = await Client(typeof address === "string" ? address : ["127.0.0.1", port], {
      ...key,
      format: "pickle",
    });
    const bytes = new Uint8Array(5_000_000).fill(3);
    for (const id of [1, 2, 3]) {
      await connection.send({ id, numbers: [1, 2.5, id], bytes });
      const answer = (await connection.recv()) as Map<string, unknown>;
      expect([answer.get("id"), answer.get("total")]).toEqual([id, 3.5 + id]);
      // By Buffer: expect() compares typed arrays item by item.
      expect(Buffer.compare(answer.get("bytes") as Uint8Array, bytes)).toBe(0);
    }
    connection.close();
    expect(await other.ended).toBe(0);
  });

  test.each([2, 3, 4, 5].filter((protocol) => protocol < 5 || Number(version.slice(2)) >= 8))(
    "writes protocol %d, and it is read",
    async (protocol) => {
      await using listener = await new Listener({
        address: ["127.0.0.1", 0],
        authkey: null,
        format: "pickle",
      }).ready();
      // Protocol 2 has no bytes: it calls a codec, which is refused.
      const rows = table.filter(([value]) => protocol > 2 || !value.includes("b''"));
      const other = python(
        version,
        `${imports}
import pickle
connection = Client(${literal(listener.address)})
for value in [${rows.map(([value]) => value).join(", ")}]: connection.send_bytes(pickle.dumps(value, ${protocol}))`,
      );
      const connection = await listener.accept();
      for (const [, here] of rows) expect(await connection.recv()).toEqual(here);
      connection.close();
      expect(await other.ended).toBe(0);
    },
  );

  test.each(refusals)(
    "%s is refused by name, is not run, and the connection goes on",
    async (_name, value, message) => {
      const touched = join(folder, `touched-${version}`);
      await using listener = await new Listener({
        address: ["127.0.0.1", 0],
        authkey: null,
        format: "pickle",
      }).ready();
      const other = python(
        version,
        `${imports}
connection = Client(${literal(listener.address)})
connection.send(${value})
connection.send("next")`,
        touched,
      );
      const connection = await listener.accept();
      const refused = connection.recv();
      await expect(refused).rejects.toThrow(SerializationError);
      await expect(refused).rejects.toThrow(message);
      expect(await connection.recv()).toBe("next");
      connection.close();
      expect(await other.ended).toBe(0);
      expect(() => execFileSync("test", ["-e", touched])).toThrow();
    },
  );

  test("garbage of Python's send_bytes is refused, and the connection goes on", async () => {
    await using listener = await new Listener({
      address: ["127.0.0.1", 0],
      authkey: null,
      format: "pickle",
    }).ready();
    const other = python(
      version,
      `${imports}
connection = Client(${literal(listener.address)})
for junk in [b"", b"x", b"\\x80\\x04", b"\\x80\\x04" + bytes(range(256))]: connection.send_bytes(junk)
connection.send("next")`,
    );
    const connection = await listener.accept();
    for (let at = 0; at < 4; at++) await expect(connection.recv()).rejects.toThrow(SerializationError);
    expect(await connection.recv()).toBe("next");
    connection.close();
    expect(await other.ended).toBe(0);
  });

  test.each<["modern" | "none", boolean]>([
    ["modern", isModern],
    ["none", false],
  ])("where pythonPeers is %j: whether its key is taken is %s", async (pythonPeers, isTaken) => {
    await using listener = await new Listener({ address: ["127.0.0.1", 0], ...key, pythonPeers }).ready();
    const other = python(
      version,
      `${imports}
try: Client(${literal(listener.address)}${pythonKey}).send_bytes(b"in")
except Exception as error: print("refused", flush=True)
else: print("taken", flush=True)`,
    );
    const accepted = listener.accept();
    if (isTaken) expect(await (await accepted).recvBytes()).toHaveLength(2);
    else await expect(accepted).rejects.toThrow(AuthenticationError);
    expect(await other.line()).toBe(isTaken ? "taken" : "refused");
    await other.ended;
  });

  test("its listener is answered as far as pythonPeers says", async () => {
    const other = python(
      version,
      `${imports}
with Listener(("127.0.0.1", 0)${pythonKey}) as listener:
    print(listener.address[1], flush=True)
    for _ in range(2):
        try: listener.accept().send_bytes(b"in")
        except Exception: pass`,
    );
    const address: Address = ["127.0.0.1", Number(await other.line())];
    await expect(Client(address, { ...key, pythonPeers: "none" })).rejects.toThrow(AuthenticationError);
    const careful = Client(address, { ...key, pythonPeers: "modern" });
    if (isModern) expect(await (await careful).recvBytes()).toHaveLength(2);
    else await expect(careful).rejects.toThrow("MD5");
    await other.ended;
  });

  test("with a wrong key is refused by both sides", async () => {
    await using listener = await new Listener({
      address: ["127.0.0.1", 0],
      authkey: "a key",
      format: "pickle",
    }).ready();
    const other = python(
      version,
      `${imports}
from multiprocessing import AuthenticationError
try: Client(${literal(listener.address)}, authkey=b"another")
except AuthenticationError: print("refused", flush=True)`,
    );
    await expect(listener.accept()).rejects.toThrow(AuthenticationError);
    expect(await other.line()).toBe("refused");
    expect(await other.ended).toBe(0);
  });
});
