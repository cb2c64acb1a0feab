import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const program = fileURLToPath(new URL("./fixtures/tells-arguments.mjs", import.meta.url));
const words = ["serve", "--port=1", ""];
const kinds = ["pool", "pool of a pool", "process"].flatMap((kind) => [`${kind} thread`, `${kind} spawn`]);

test.each([
  ["a file", [program]],
  ["-e", ["--input-type=module", "-e", readFileSync(program, "utf8"), "--"]],
])("workers see the arguments of a program that is given as %s", async (_, start) => {
  const cwd = fileURLToPath(new URL("./fixtures/", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...start, ...words], {
    cwd,
    timeout: 60_000,
  });
  const expected = Object.fromEntries([...kinds, "manager"].map((kind) => [kind, [words, words, false]]));
  expect(JSON.parse(stdout)).toEqual(expected);
});
