import { Tinypool } from "tinypool";
import type { Aim, Peer } from "./peer.ts";

// Tried as for piscina: 4 tasks per worker are best for tiny tasks, useAtomics makes no difference there.
const tasksPerWorker = (aim: Aim): number => (aim === "throughput" ? 4 : 1);

export const tinypool: Peer = {
  name: "tinypool",
  kind: "node pool",
  settings: (workers, aim) =>
    `tinypool 2.2.0, worker_threads, minThreads = maxThreads = ${workers}, useAtomics: true, concurrentTasksPerWorker: ${tasksPerWorker(aim)}`,
  async open(workers, aim) {
    const pool = new Tinypool({
      filename: new URL("../tasks/index.js", import.meta.url).href,
      runtime: "worker_threads",
      minThreads: workers,
      maxThreads: workers,
      useAtomics: true,
      concurrentTasksPerWorker: tasksPerWorker(aim),
    });
    return {
      call: (name, argument) => pool.run(argument, { name }),
      close: () => pool.destroy(),
    };
  },
};
