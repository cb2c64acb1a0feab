import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "concurrent-futures";
import { Client, Listener, type SocketConnection } from "concurrent-futures/multiprocessing";
import { fib } from "./fib.js";
import { timed } from "./stopwatch.js";

const program = fileURLToPath(new URL("../model.py", import.meta.url));
const key = randomBytes(16).toString("hex");

/** A Python program serves a model to several connections at once; then another sends work to this program's cores. */
export async function main(): Promise<void> {
  if (spawnSync("python3", ["--version"]).status !== 0) {
    console.log("  left out: there is no python3");
    return;
  }
  await timed("900 predictions by a Python model", askPython);
  await timed("work from a Python program", workForPython);
}

async function askPython(): Promise<void> {
  const python = startPython("serve");
  const ended = once(python, "exit");
  const port = Number(await firstLine(python));
  const connections = await Promise.all(
    [1, 2, 3].map(() => Client(["127.0.0.1", port], { authkey: key, format: "pickle" })),
  );
  const ask = async (connection: SocketConnection, request: object): Promise<unknown> => {
    await connection.send(request);
    const reply = (await connection.recv()) as Map<string, unknown>;
    if (reply.has("error")) throw new Error(`The model failed: ${reply.get("error")}`);
    return reply.get("result");
  };

  const [first] = connections as [SocketConnection, ...SocketConnection[]];
  const points = [...Array(100).keys()].map((x) => [x, 3 * x + 1]);
  const line = (await ask(first, { do: "fit", points })) as Map<string, number>;
  const fitted = { slope: line.get("slope"), offset: line.get("offset") };

  // A request at a time for each connection: whoever is free takes the next one.
  const free = [...connections];
  await using requests = new ThreadPoolExecutor(connections.length);
  const predict = async (xs: number[]): Promise<number[]> => {
    const connection = free.pop() as SocketConnection;
    try {
      return (await ask(connection, { do: "predict", xs, ...fitted })) as number[];
    } finally {
      free.push(connection);
    }
  };
  const rows = [...Array(300).keys()].map((n) => [n, n + 0.5, -n]);
  const predictions = await requests.map(predict, rows).toArray();
  for (const [at, row] of rows.entries()) {
    for (const [index, x] of row.entries()) {
      assert(Math.abs((predictions[at]?.[index] as number) - (3 * x + 1)) < 1e-6);
    }
  }
  await assert.rejects(ask(first, { do: "dance" }), /ValueError: cannot do 'dance'/);

  for (const connection of connections) connection.close();
  python.stdin.end();
  assert.deepEqual(await ended, [0, null]);
}

async function workForPython(): Promise<void> {
  await using pool = new ProcessPoolExecutor(2);
  await using listener = new Listener({ address: ["127.0.0.1", 0], authkey: key, format: "pickle" });
  await listener.ready();
  const [host, port] = listener.address as [string, number];

  const python = startPython("ask", host, String(port));
  const printed = firstLine(python);
  const connection = await listener.accept();
  const request = (await connection.recv()) as Map<string, unknown>;
  assert.deepEqual(request.get("blob"), new Uint8Array([0, 255]));
  assert.deepEqual(request.get("tags"), new Set(["a", "b"]));
  await connection.send(await pool.map(fib, request.get("numbers") as number[]).toArray());
  assert.equal(await printed, "[55, 6765, 10946]");
  connection.close();
}

type Python = ChildProcessByStdio<Writable, Readable, null>;

function startPython(...args: string[]): Python {
  return spawn("python3", [program, ...args], {
    env: { ...process.env, COLLEAGUE_KEY: key },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** The first line that it prints; fails when it ends without one. */
async function firstLine(python: Python): Promise<string> {
  for await (const line of createInterface({ input: python.stdout })) return line;
  throw new Error("The Python program ended without a word.");
}
