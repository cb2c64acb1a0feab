import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import { devNull } from "node:os";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mutated } from "./support/network-wire.ts";
import { messageToWorker, workerMessage } from "./support/packed-wire.ts";
import { answered, Receiver } from "./support/receiver.ts";

/** Whatever a worker says to its program, and whatever comes to a worker in its program's name. */

const factor = process.env["STRESS"] ? 100 : 1;

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

describe("whatever a worker says, its call settles, the next one is run, and nothing else happens", () => {
  test.each([
    ["spawn", 20],
    ["thread", 80],
  ] as const)("a worker by %s", async (mpContext, runs) => {
    const program = await Receiver.start("pool", { mpContext });
    cleanup.push(() => program.end());
    const said = fc.oneof(
      { weight: 4, arbitrary: workerMessage },
      { weight: 1, arbitrary: mutated(workerMessage) },
    );
    await fc.assert(
      fc.asyncProperty(said, (bytes) => program.carryOut(bytes)),
      { numRuns: runs * factor, endOnFailure: true },
    );
    await program.expectUnharmed();
  });
});

describe("whatever a Process says, it ends, the next one is started, and nothing else happens", () => {
  test.each([
    ["spawn", 5],
    ["thread", 15],
  ] as const)("a Process by %s", async (context, runs) => {
    const program = await Receiver.start("process", { context });
    cleanup.push(() => program.end());
    const said = fc.oneof(
      { weight: 3, arbitrary: workerMessage },
      { weight: 1, arbitrary: mutated(workerMessage) },
    );
    await fc.assert(
      fc.asyncProperty(said, (bytes) => program.carryOut(bytes)),
      { numRuns: runs * factor, endOnFailure: true },
    );
    const { received, refused } = await program.expectUnharmed();
    expect(received + refused).toBe(runs * factor);
  });
});

describe("whatever comes to a worker, it goes on or ends, and is not silent", () => {
  test("a thread of a pool", async () => {
    const program = await Receiver.start("told");
    cleanup.push(() => program.end());
    await fc.assert(
      fc.asyncProperty(messageToWorker, (bytes) => program.carryOut(bytes)),
      { numRuns: 40 * factor, endOnFailure: true },
    );
    await program.expectUnharmed();
  });

  test.each([
    [
      "a process of a pool",
      "@concurrent-futures/process/workers",
      "./worker/spawn-entry.js",
      ["1", String(process.pid), "Main", "0"],
    ],
    ["a Process", "@concurrent-futures/multiprocessing", "./process/spawn-entry.js", []],
  ])("%s", async (_what, from, entry, args) => {
    const program = fileURLToPath(new URL(entry, import.meta.resolve(from)));
    const claims = openSync(devNull, "r+");
    cleanup.push(() => closeSync(claims));
    const body = fc.oneof(
      { weight: 3, arbitrary: messageToWorker },
      { weight: 1, arbitrary: mutated(messageToWorker) },
    );
    const frames = fc.oneof(
      { weight: 5, arbitrary: body.map((each) => workerFrame(each)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
      { weight: 1, arbitrary: body.map((each) => workerFrame(each, 2 ** 32 - 20)) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frames, { minLength: 1, maxLength: 3 }), async (all) => {
        const child = spawn(process.execPath, [program, ...args], {
          stdio: ["ignore", "ignore", "ignore", "pipe", claims],
        });
        cleanup.push(() => child.kill("SIGKILL"));
        const line = (child.stdio[3] as Socket).on("error", () => {}).resume();
        for (const each of all) line.write(each);
        // A worker is told to leave, and hears besides that its program has gone.
        line.end(workerFrame(serialize({ kind: "end" })));
        await answered(once(child, "exit"));
      }),
      { numRuns: 8 * factor, endOnFailure: true },
    );
  });
});

function workerFrame(body: Uint8Array, length: number = body.length): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE((length ^ 0x5afe1e57) >>> 0, 4);
  return Buffer.concat([head, body]);
}
