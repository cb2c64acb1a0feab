import { fileURLToPath } from "node:url";
import { DistributedExecutor } from "@concurrent-futures/distributed";
import { openProgram, openRedis } from "./redis-server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export const distributedSettings = (workers: number): string =>
  `DistributedExecutor and one worker of ${workers} processes, a process of its own, all options at their defaults`;

/** Our executor, its Redis, and a worker on this machine. */
export interface Machines {
  readonly executor: DistributedExecutor;
  readonly redis: string;
  close(): Promise<void>;
}

export async function openMachines(workers: number): Promise<Machines> {
  const redis = await openRedis();
  const closeWorker = await openProgram("distributed.mjs", redis.url, String(workers));
  const executor = new DistributedExecutor({ redis: redis.url, root });
  return {
    executor,
    redis: redis.url,
    close: async () => {
      await executor.shutdown();
      await closeWorker();
      await redis.close();
    },
  };
}
