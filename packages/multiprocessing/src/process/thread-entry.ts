import { workerData } from "node:worker_threads";
import { LoadingGate } from "@concurrent-futures/process/workers";
import { runProgram } from "./run-program.ts";
import type { ThreadProgram } from "./thread-child.ts";

/** What runs in a thread that `Process.start()` has started. */

const { program, gate, port, heard } = workerData as ThreadProgram;
new LoadingGate(gate).install();
port.on("message", () => {
  Atomics.add(heard, 0, 1);
  // A thread gets no signals; who listens for this one is told all the same, and who does not ends by it.
  if (!process.emit("SIGINT", "SIGINT")) port.postMessage("unheard");
});
port.unref();
runProgram(program);
