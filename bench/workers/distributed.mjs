// A worker of a DistributedExecutor in a process of its own, with its default context.
import { fileURLToPath } from "node:url";
import { startWorker } from "@concurrent-futures/distributed";

const [redis, slots] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));
const worker = await startWorker({ redis, slots: Number(slots), root });
process.once("SIGTERM", () => worker.close());
console.log("ready");
