import { readFileSync } from "node:fs";
import { task } from "@concurrent-futures/callable";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { expect, test } from "@jest/globals";

test.each([
  "process/dist/bundle/worker/thread-entry.cjs",
  "process/dist/bundle/worker/spawn-entry.cjs",
  "multiprocessing/dist/bundle/process/thread-entry.cjs",
  "multiprocessing/dist/bundle/process/spawn-entry.cjs",
  "multiprocessing/dist/bundle/managers/link-entry.cjs",
])("what is started with %s is all there, without a second file of ours", (file) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  const asked = [...text.matchAll(/(?:from |require\(|import\()"([^"]+)"/g)].map(([, name]) => name);
  expect(asked).toContain("node:worker_threads");
  expect(asked.filter((name) => !/^node:/.test(name as string))).toEqual([]);
});

test("a task finds itself by the copy of the library that it imports", async () => {
  const url = new URL("./fixtures/imports-callable.mjs", import.meta.url);
  const pool = new ProcessPoolExecutor(1);
  try {
    const found = task(url, "ownTask") as () => string | undefined;
    expect(await pool.withOptions({ name: "myself" }).submit(found)).toBe("myself");
  } finally {
    await pool.shutdown();
  }
});

test("what a task moves with the copy of the library that it imports is moved", async () => {
  const url = new URL("./fixtures/imports-callable.mjs", import.meta.url);
  const pool = new ProcessPoolExecutor(1);
  try {
    const moved = task(url, "moved") as () => ArrayBuffer;
    const left = task(url, "left") as () => number;
    expect((await pool.submit(moved)).byteLength).toBe(1024);
    expect(await pool.submit(left)).toBe(0);
  } finally {
    await pool.shutdown();
  }
});

test("a class that a worker was sent is the same to the copy of the library that its tasks import", async () => {
  class Point {
    x = 1;
  }
  const url = new URL("./fixtures/imports-callable.mjs", import.meta.url);
  const pool = new ProcessPoolExecutor(1);
  try {
    const again = task(url, "sentOn") as (point: Point) => unknown;
    expect(await pool.submit(again, new Point())).toBe(true);
  } finally {
    await pool.shutdown();
  }
});

test("what a worker has loaded is known to the packages that its tasks import, though they are other copies", async () => {
  const url = new URL("./fixtures/imports-callable.mjs", import.meta.url);
  const pool = new ProcessPoolExecutor(1);
  try {
    const known = task(url, "known") as (byReference: unknown, byValue: unknown) => unknown;
    const seen = await pool.submit(known, task(url, "named"), () => 1);
    expect(seen).toEqual({ kind: "reference", url: url.href, path: ["named"], defined: true });
  } finally {
    await pool.shutdown();
  }
});
