import type { Worker } from "node:worker_threads";
import { threads } from "@concurrent-futures/core/keys";

/** Makes a thread known to code that must know when it dies, as long as it lives: locks in shared memory do. */
export function registerThread(thread: Worker): void {
  const known = process as unknown as { [threads]?: Set<Worker> };
  known[threads] ??= new Set();
  known[threads].add(thread);
  thread.once("exit", () => known[threads]?.delete(thread));
}
