import assert from "node:assert/strict";
import { mkdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProcessPoolExecutor } from "concurrent-futures";
import { Recorder, verdicts } from "concurrent-futures/insights";
import { progress } from "concurrent-futures/progress";
import { fib } from "./fib.js";
import { timed } from "./stopwatch.js";

/** A map with a bar and a recording. The page that it leaves stays, to be opened in a browser. */
export async function main(): Promise<void> {
  const folder = join(tmpdir(), "concurrent-futures-example");
  const report = join(folder, "report.html");
  await mkdir(folder, { recursive: true });
  const numbers = Array.from({ length: 60 }, (_, at) => 15 + (at % 12));
  {
    await using pool = new ProcessPoolExecutor();
    await using recorder = new Recorder(pool, { report });
    const results = await timed(`${numbers.length} Fibonacci numbers, recorded`, () =>
      progress(pool.map(fib, numbers), { label: "fib" }).toArray(),
    );
    assert.equal(results[0], 610);
    assert.equal(recorder.stats().done, numbers.length);
    for (const { text } of verdicts(recorder.stats())) console.log(`  ${text}`);
  }
  assert.ok((await stat(report)).size > 1_000);
  console.log(`  the report is in ${report}`);
}
