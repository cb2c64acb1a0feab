import type { Worker } from "node:worker_threads";

/** The threads of this process, for whoever must know when one of them dies: locks in shared memory do. */
const threadsKey = Symbol.for("concurrent-futures.threads");

/** Makes a thread known, as long as it lives. */
export function registerThread(thread: Worker): void {
  const known = process as unknown as { [threadsKey]?: Set<Worker> };
  known[threadsKey] ??= new Set();
  known[threadsKey].add(thread);
  thread.once("exit", () => known[threadsKey]?.delete(thread));
}
