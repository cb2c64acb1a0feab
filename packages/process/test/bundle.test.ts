import { existsSync } from "node:fs";
import { task } from "@concurrent-futures/callable";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { expect, test } from "@jest/globals";

test("the modules that a worker starts with have been put into one file", () => {
  expect(existsSync(new URL("../dist/bundle/worker/thread-entry.js", import.meta.url))).toBe(true);
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
