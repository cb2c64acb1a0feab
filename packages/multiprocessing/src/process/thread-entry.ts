import { writeSync } from "node:fs";
import { inspect } from "node:util";
import { workerData } from "node:worker_threads";
import { LoadingGate } from "@concurrent-futures/process/workers";
import { endsUncaught, heading, rethrow, runProgram } from "./run-program.ts";
import type { ThreadProgram } from "./thread-child.ts";

/** What runs in a thread that `Process.start()` has started. */

const { program, gate, port, told } = workerData as ThreadProgram;
new LoadingGate(gate).install();
port.on("message", () => {
  Atomics.add(told, 0, 1);
  // A thread gets no signals; who listens for this one is told all the same, and who does not ends by it.
  if (!process.emit("SIGINT", "SIGINT")) port.postMessage("unheard");
});
port.unref();
process.on("uncaughtExceptionMonitor", (error) => {
  if (!endsUncaught()) return;
  writeSync(2, `${heading(program)}${inspect(error)}\n`);
  Atomics.store(told, 1, 1);
});
runProgram(program, rethrow);
