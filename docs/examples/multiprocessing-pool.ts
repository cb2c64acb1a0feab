import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Pool } from "concurrent-futures/multiprocessing";
import { fingerprint } from "./fingerprint.js";
import { pythonTimes } from "./python-pool.js";
import { multiply, square } from "./square.js";
import { timed } from "./stopwatch.js";

const numbers = Array.from({ length: 5_000 }, (_, n) => n);
const squares = numbers.map(square);

type Times = Record<string, number>;

/** The tutorial's pool of six, on threads and on processes: a file written by callbacks, and a table of times. */
export async function main(): Promise<void> {
  await timed("1000 fingerprints, one after the other", () => {
    for (let n = 0; n < 1_000; n++) fingerprint(n);
  });
  const threads = await onPool("thread");
  const processes = await onPool("spawn");
  const python = await pythonTimes();
  console.log(`  ${"5,000 squares, in seconds".padEnd(30)}  threads  processes${python ? "  Python" : ""}`);
  for (const name of Object.keys(threads)) {
    const row = [threads[name], processes[name], python?.[name]].filter((time) => time !== undefined);
    console.log(`    ${name.padEnd(28)} ${row.map((time) => time.toFixed(3).padStart(8)).join(" ")}`);
  }
}

async function onPool(context: "thread" | "spawn"): Promise<Times> {
  const pool = new Pool({ processes: 6, context });
  try {
    await writeFile(pool, context);
    return await measure(pool);
  } finally {
    pool.close();
    await pool.join();
  }
}

/** A thousand `applyAsync`; the callback appends each result to one file. */
async function writeFile(pool: Pool, context: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "multiprocessing-pool-"));
  const path = join(folder, "results.txt");
  try {
    await timed(
      `1000 fingerprints, applyAsync on six ${context === "thread" ? "threads" : "processes"}`,
      async () => {
        const results = Array.from({ length: 1_000 }, (_, n) =>
          pool.applyAsync(fingerprint, [n], { callback: (line) => appendFileSync(path, `${line}\n`) }),
        );
        for (const result of results) await result.get();
      },
    );
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    assert.equal(new Set(lines).size, 1_000);
    assert.ok(lines.every((line) => /^\d+ [0-9a-f]{64}$/.test(line)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One call each, all at once, one by one as they come, and with two arguments. */
async function measure(pool: Pool): Promise<Times> {
  const times: Times = {};
  const row = async (name: string, work: () => Promise<number[]>): Promise<void> => {
    const start = performance.now();
    const results = await work();
    times[name] = (performance.now() - start) / 1000;
    assert.deepEqual(results, squares);
  };
  await row("applyAsync", () => Promise.all(numbers.map((n) => pool.applyAsync(square, [n]).get())));
  await row("mapAsync", () => pool.mapAsync(square, numbers).get());
  await row("imap", async () => {
    const results: number[] = [];
    for await (const result of pool.imap(square, numbers)) results.push(result);
    return results;
  });
  await row("starmap", () =>
    pool.starmap(
      multiply,
      numbers.map((n) => [n, n] as [number, number]),
    ),
  );
  return times;
}
