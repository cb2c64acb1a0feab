import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { writePrograms } from "./support/block-programs.ts";
import { root } from "./support/markdown.ts";
import { sourceExamples } from "./support/source-examples.ts";

const run = promisify(execFile);

describe("the examples in the source's comments", () => {
  test("fit the types; names of the reader's own may be missing", async () => {
    const programs = sourceExamples();
    expect(programs.length).toBeGreaterThan(10);
    const project = writePrograms(programs, "docs/.tmp/source/tsconfig.json");
    const tsc = ["node_modules/typescript/bin/tsc", "--noEmit", "-p", project];
    const { stdout } = await run(process.execPath, tsc, { cwd: root }).catch(
      (error: { stdout: string }) => error,
    );
    // `urls`, `render`, `pages`: what an example takes for granted. Names of ours begin with a capital or are exported.
    const theirs = /error TS(2304|18004|2552): .*(Cannot find name|shorthand property) '[a-z]\w*'/;
    expect(stdout.split("\n").filter((line) => line !== "" && !theirs.test(line))).toEqual([]);
  }, 60_000);
});
