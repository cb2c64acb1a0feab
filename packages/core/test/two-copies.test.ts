import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { asCompleted, Future, FuturesError, wait } from "@concurrent-futures/core";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

/** A dependency may bring a copy of its own: the futures of both are futures to both. */

const folder = mkdtempSync(join(tmpdir(), "core-copy-"));
let Other: typeof Future;

beforeAll(async () => {
  cpSync(fileURLToPath(new URL("../dist/bundle", import.meta.url)), folder, { recursive: true });
  const copy = (await import(pathToFileURL(join(folder, "index.js")).href)) as { Future: typeof Future };
  Other = copy.Future;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("futures of two loaded copies of the package", () => {
  test("are waited for together", async () => {
    expect(Other).not.toBe(Future);
    const [own, other] = [new Future<number>(), new Other<number>()];
    const both = wait([own, other]);
    own.setResult(1);
    other.setResult(2);
    expect((await both).done).toEqual(new Set([own, other]));
  });

  test("are given as they end", async () => {
    const [own, other] = [new Future<number>(), new Other<number>()];
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const future of asCompleted([own, other])) seen.push(await future);
    })();
    other.setResult(2);
    own.setResult(1);
    await reading;
    expect(seen).toEqual([2, 1]);
  });

  test("fail and are cancelled for both", async () => {
    const [failed, cancelled] = [new Other<number>(), new Other<number>()];
    const both = wait([failed, cancelled]);
    failed.setException(new Error("as asked"));
    cancelled.cancel();
    const { done } = await both;
    expect(done.size).toBe(2);
    await expect(Promise.resolve(cancelled)).rejects.toBeInstanceOf(FuturesError);
  });
});
