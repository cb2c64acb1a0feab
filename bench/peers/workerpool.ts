import { fileURLToPath } from "node:url";
import workerpool from "workerpool";
import type { Peer } from "./peer.ts";

export const workerpoolPeer: Peer = {
  name: "workerpool",
  kind: "node pool",
  settings: (workers) =>
    `workerpool 10.0.3, workerType: thread, minWorkers = maxWorkers = ${workers}, dedicated worker script`,
  async open(workers) {
    const script = fileURLToPath(new URL("../../workers/workerpool.mjs", import.meta.url));
    const pool = workerpool.pool(script, { workerType: "thread", minWorkers: workers, maxWorkers: workers });
    return {
      call: (name, argument) => pool.exec(name, [argument]) as unknown as PromiseLike<unknown>,
      close: async () => {
        await pool.terminate();
      },
    };
  },
};
