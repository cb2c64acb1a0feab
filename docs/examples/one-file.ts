import assert from "node:assert/strict";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProcessPoolExecutor } from "concurrent-futures";
import { fingerprint } from "./fingerprint.js";
import { timed } from "./stopwatch.js";

const count = 1_000;

/** A thousand results, written to one file by callbacks. Callbacks run on one thread, so that no line is torn. */
export async function main(): Promise<void> {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const folder = await mkdtemp(join(tmpdir(), "one-file-"));
  const executor = new ProcessPoolExecutor();
  try {
    const expected = await timed(`${count} lines, one after the other`, () =>
      writeLines(join(folder, "sequential.txt"), async (write) => {
        for (const n of numbers) write(fingerprint(n));
      }),
    );
    const written = await timed(`${count} lines, submit + addDoneCallback`, () =>
      writeLines(join(folder, "callbacks.txt"), async (write) => {
        const futures = numbers.map((n) => executor.submit(fingerprint, n));
        for (const future of futures) future.addDoneCallback((done) => write(done.resultSync()));
        await Promise.all(futures);
      }),
    );

    // They come in the order of completion; sorted, they must be the very same lines.
    assert.deepEqual([...written].sort(), [...expected].sort());
    console.log(`  ${written.length} lines, none lost, none torn`);
  } finally {
    await executor.shutdown();
    await rm(folder, { recursive: true });
  }
}

/** Opens a file, lets `fill` write lines to it, and gives the lines that are then in it. */
async function writeLines(
  path: string,
  fill: (write: (line: string) => void) => Promise<void>,
): Promise<readonly string[]> {
  const file = createWriteStream(path);
  await fill((line) => {
    file.write(`${line}\n`);
  });
  file.end();
  await once(file, "finish");
  return (await readFile(path, "utf8")).trimEnd().split("\n");
}
