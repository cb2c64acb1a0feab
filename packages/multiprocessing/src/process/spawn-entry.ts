import { readSync, writeSync } from "node:fs";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import { withSource } from "@concurrent-futures/callable/load";
import { FrameReader } from "@concurrent-futures/process/workers";
import type { Program } from "./child.ts";
import { endsUncaught, errorHeading, rethrow, runProgram } from "./run-program.ts";

/** What runs in a process that `Process.start()` has started. */

/** The descriptor that the parent has laid out: first the program comes through it, then only its end. */
const line = 3;

/**
 * Ends this process when its parent is gone, even while it computes and never lets its event loop turn: by SIGTERM, and
 * if it does not heed that, by SIGKILL.
 */
const watchdog = `
  const { Socket } = require("node:net");
  const { parentPort } = require("node:worker_threads");
  new Socket({ fd: ${line} }).resume().on("error", () => {}).on("close", () => {
    parentPort.postMessage("gone");
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 500);
  });
`;

/** The program; blocks until it is there. */
function readProgram(): Program {
  const reader = new FrameReader();
  const buffer = Buffer.allocUnsafe(65_536);
  for (;;) {
    const count = readSync(line, buffer);
    if (count === 0) process.exit(1);
    const [program] = reader.push(Buffer.from(buffer.subarray(0, count)));
    if (program !== undefined) return program as Program;
  }
}

const program = readProgram();
const watcher = new Worker(watchdog, { eval: true, stdin: false });
const parentGone = new Promise<void>((resolve) => {
  watcher.once("message", () => resolve());
});
watcher.unref();
process.on("uncaughtExceptionMonitor", () => {
  if (endsUncaught()) writeSync(2, errorHeading(program));
});
withSource(() => runProgram(program, fail, parentGone));

/** As Node ends a program at an uncaught error, without showing where we threw it. */
function fail(error: unknown): void {
  if (!endsUncaught()) {
    rethrow(error);
    return;
  }
  writeSync(2, `${errorHeading(program)}${inspect(error)}\n`);
  process.exit(1);
}
