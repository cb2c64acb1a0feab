import { fileURLToPath } from "node:url";
import { Worker } from "jest-worker";
import type { Peer, TaskName } from "./peer.ts";

const methods: readonly TaskName[] = [
  "burn",
  "echo",
  "fib",
  "hold",
  "spin",
  "square",
  "record",
  "recordAll",
  "squareAll",
  "touchShared",
];

export const jestWorker: Peer = {
  name: "jest-worker",
  kind: "node pool",
  settings: (workers) =>
    `jest-worker 30.5.1, enableWorkerThreads, numWorkers: ${workers}, exposedMethods given`,
  async open(workers) {
    const pool = new Worker(fileURLToPath(new URL("../tasks/index.js", import.meta.url)), {
      enableWorkerThreads: true,
      numWorkers: workers,
      exposedMethods: methods,
    });
    const calls = pool as unknown as Record<TaskName, (argument: unknown) => Promise<unknown>>;
    return {
      call: (name, argument) => calls[name](argument),
      async close() {
        await pool.end();
      },
    };
  },
};
