import { writeSync } from "node:fs";
import { inspect } from "node:util";
import { workerData } from "node:worker_threads";
import { withSource } from "@concurrent-futures/callable/load";
import { ModuleLoadLock } from "@concurrent-futures/process/workers";
import { endsUncaught, errorHeading, rethrow, runProgram } from "./run-program.ts";
import type { ThreadProgram } from "./thread-child.ts";

/** What runs in a thread that `Process.start()` has started. */

const { program, gate, port, statusWords, printed } = workerData as ThreadProgram;
new ModuleLoadLock(gate).install();
port.on("message", () => {
  Atomics.add(statusWords, 0, 1);
  // A thread gets no signals. SIGINT listeners run all the same; without any, the thread ends.
  if (!process.emit("SIGINT", "SIGINT")) port.postMessage("unheard");
});
port.unref();
process.on("uncaughtExceptionMonitor", (error) => {
  if (!endsUncaught()) return;
  const text = `${errorHeading(program)}${inspect(error)}\n`;
  if (printed) port.postMessage(text);
  else writeSync(2, text);
  Atomics.store(statusWords, 1, 1);
});
withSource(() => runProgram(program, rethrow));
