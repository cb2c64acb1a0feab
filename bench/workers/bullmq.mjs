// A bare worker of BullMQ in a process of its own, with the concurrency that suits tiny jobs best.
import { Worker } from "bullmq";

const { hostname: host, port } = new URL(process.argv[2]);
const connection = { host, port: Number(port), maxRetriesPerRequest: null };
const worker = new Worker("bare", async ({ data }) => data.value * data.value, {
  connection,
  concurrency: 50,
});
await worker.waitUntilReady();
process.once("SIGTERM", () => worker.close().then(() => process.exit()));
console.log("ready");
