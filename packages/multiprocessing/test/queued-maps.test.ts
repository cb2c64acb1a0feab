import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { CancelledError } from "@concurrent-futures/core";
import { Pool } from "@concurrent-futures/multiprocessing";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { afterAll, describe, expect, test } from "@jest/globals";

/** Maps whose rows wait in a worker that is busy, when their pool ends. */

const folder = mkdtempSync(join(tmpdir(), "queued-maps-"));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true }));

/** Leaves a file, so that everybody sees that it has begun, and never ends. */
async function hang(path: string): Promise<void> {
  await writeFile(path, "");
  await new Promise(() => {});
}

function newPath(): string {
  return join(folder, String(files++));
}

async function seen(path: string): Promise<void> {
  while (!existsSync(path)) await setImmediate();
}

/** Until what was submitted has been sent to the worker. */
async function sent(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}

describe.each(["thread", "spawn"] as const)("a map that waits behind a running call [%s]", (context) => {
  const ways: Record<string, (pool: Pool, rows: string[]) => Promise<unknown>> = {
    mapAsync: (pool, rows) => pool.mapAsync(hang, rows).get(),
    starmapAsync: (pool, rows) =>
      pool
        .starmapAsync(
          hang,
          rows.map((path): [string] => [path]),
        )
        .get(),
    imap: (pool, rows) => pool.imap(hang, rows).next(),
    imapUnordered: (pool, rows) => pool.imapUnordered(hang, rows).next(),
  };

  test.each(Object.keys(ways))("ends with terminate(), and does not run: %s", async (name) => {
    const pool = new Pool({ processes: 1, context });
    const [first, row] = [newPath(), newPath()];
    const running = pool.applyAsync(hang, [first]).get();
    running.catch(() => {});
    await seen(first);
    const waiting = (ways[name] as (typeof ways)[string])(pool, [row]);
    waiting.catch(() => {});
    await sent();
    pool.terminate();
    await pool.join();
    await expect(waiting).rejects.toThrow(CancelledError);
    await expect(running).rejects.toThrow("terminate() ended its pool");
    expect(existsSync(row)).toBe(false);
  });

  test.each([false, true])("ends with its executor, and does not run (chunks: %s)", async (chunks) => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, mpContext: context });
    const [first, row] = [newPath(), newPath()];
    const running = executor.submit(hang, first);
    await seen(first);
    const waiting = executor.map(hang, [row], chunks ? { chunksize: 1 } : {}).next();
    waiting.catch(() => {});
    await sent();
    const down = executor.shutdown({ cancelFutures: true });
    running.cancel({ force: true });
    await down;
    await expect(waiting).rejects.toThrow(CancelledError);
    expect(existsSync(row)).toBe(false);
  });
});
