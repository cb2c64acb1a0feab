import assert from "node:assert/strict";
import { getContext, Manager } from "concurrent-futures/multiprocessing";
import { add, listen, note, report } from "./process-tasks.js";
import { timed } from "./stopwatch.js";

const lines = 200;

/** What a manager serves, used by threads and by processes: a dict, a queue, and a number and an array under a lock. */
export async function main(): Promise<void> {
  for (const method of ["thread", "spawn"] as const) {
    await oneDict(method);
    await oneQueue(method);
    await oneNumber(method);
  }
}

/** Eight processes write into one dict. */
async function oneDict(method: "thread" | "spawn"): Promise<void> {
  const { Process } = getContext(method);
  const manager = await Manager();
  try {
    const results = await manager.dict<string, number>();
    await timed(`one dict, written by eight of ${method}`, async () => {
      const all = Array.from({ length: 8 }, (_, n) => new Process({ target: note, args: [results, n] }));
      for (const process of all) process.start();
      for (const process of all) await process.join();
    });
    assert.equal(await results.size(), 8);
    assert.equal(await results.get("task 7"), 49);
  } finally {
    await manager.shutdown();
  }
}

/** A pool writes into a queue, and a process reads it. */
async function oneQueue(method: "thread" | "spawn"): Promise<void> {
  const { Process, Pool, Pipe } = getContext(method);
  const manager = await Manager();
  const pool = new Pool(3);
  try {
    const queue = await manager.Queue();
    const [here, there] = Pipe(false);
    const reader = new Process({ target: listen, args: [queue, there] });
    reader.start();
    await timed(`one queue, written by a pool of ${method}`, async () => {
      await pool.starmap(
        report,
        Array.from({ length: lines }, (_, n) => [queue, n] as [typeof queue, number]),
      );
      await queue.put(null);
      assert.equal(await here.recv(), lines);
    });
    await reader.join();
  } finally {
    pool.close();
    await pool.join();
    await manager.shutdown();
  }
}

/** Four processes change a number and an array, under a lock. */
async function oneNumber(method: "thread" | "spawn"): Promise<void> {
  const { Process } = getContext(method);
  const manager = await Manager();
  try {
    const lock = await manager.Lock();
    const total = await manager.Value("i", 0);
    const places = await manager.Array("i", 5);
    await timed(`one number and array, four of ${method}`, async () => {
      const all = Array.from(
        { length: 4 },
        () => new Process({ target: add, args: [lock, total, places, 50] }),
      );
      for (const process of all) process.start();
      for (const process of all) await process.join();
    });
    assert.equal(await total.get(), 200);
    assert.deepEqual(await places.toArray(), [40, 40, 40, 40, 40]);
  } finally {
    await manager.shutdown();
  }
}
