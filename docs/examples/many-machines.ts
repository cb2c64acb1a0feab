import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DistributedExecutor } from "@concurrent-futures/distributed";
import { fib } from "./fib.js";
import { openRedis } from "./redis.js";
import { timed } from "./stopwatch.js";

const root = fileURLToPath(new URL("..", import.meta.url));
/** What `npx concurrent-futures` runs. */
const command = createRequire(import.meta.url)
  .resolve("concurrent-futures/package.json")
  .replace("package.json", "dist/command.js");
const numbers = Array.from({ length: 24 }, (_, n) => n);

/** Two workers on this machine, as they would run on two others, and one executor. */
export async function main(): Promise<void> {
  const redis = await openRedis();
  if (redis === undefined) {
    console.log("  Skipped: set REDIS_URL, or install redis-server.");
    return;
  }
  console.log(`  Redis: ${redis.about}`);
  // A queue of its own, so that no other program's workers take these calls.
  const queue = `example-${process.pid}`;
  const workers = await Promise.all([1, 2].map((number) => openWorker(redis.url, queue, `worker ${number}`)));
  try {
    const executor = new DistributedExecutor({ redis: redis.url, queue, root, noWorkerTimeout: 10_000 });
    const results = await timed("fib(0..23), map over two workers", () =>
      executor.map(fib, numbers).toArray(),
    );
    assert.deepEqual(results, numbers.map(fib));
    for (const { name, slots } of await executor.workers())
      console.log(`  ${name}: ${slots} calls at a time`);
    await executor.shutdown();
  } finally {
    await Promise.all(workers.map(closeWorker));
    await redis.close();
  }
}

/** npx concurrent-futures worker ./dist/fib.js --redis … */
async function openWorker(redis: string, queue: string, name: string): Promise<ChildProcess> {
  const module = fileURLToPath(new URL("./fib.js", import.meta.url));
  const args = [
    "worker",
    module,
    "--redis",
    redis,
    "--queue",
    queue,
    "--root",
    root,
    "--slots",
    "1",
    "--name",
    name,
  ];
  const worker = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(worker.stdout)) if (line.includes("takes calls")) break;
  worker.stdout.resume();
  return worker;
}

async function closeWorker(worker: ChildProcess): Promise<void> {
  const exit = once(worker, "exit");
  worker.kill("SIGTERM");
  await exit;
}
