import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

test.each(["thread", "spawn"])("pools with workers of %s run with --frozen-intrinsics", async (mpContext) => {
  const program = `
    import { task } from "@concurrent-futures/callable";
    import { ProcessPoolExecutor } from "@concurrent-futures/process";
    const square = task(new URL("work.mjs", ${JSON.stringify(new URL("fixtures/work.mjs", import.meta.url))}), "square");
    const pool = new ProcessPoolExecutor({ mpContext: "${mpContext}", maxWorkers: 1 });
    const cube = (x) => x ** 3;
    const failed = await pool.submit(() => { throw new Error("told"); }).exception();
    console.log(JSON.stringify([await pool.submit(square, 3), await pool.submit(cube, 3), failed.message]));
    await pool.shutdown();
  `;
  const cwd = fileURLToPath(new URL("fixtures/", import.meta.url));
  const flags = ["--frozen-intrinsics", "--no-warnings", "--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd });
  expect(JSON.parse(stdout)).toEqual([9, 27, "told"]);
});
