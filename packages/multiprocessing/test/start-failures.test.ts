import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const program = fileURLToPath(new URL("./fixtures/failing-starts.mjs", import.meta.url));

/** What each kind of worker gives when it starts. */
const well = {
  "executor thread": 2,
  "Pool thread": 2,
  "Process thread": 0,
  "Manager thread": 2,
  "executor spawn": 2,
  "Pool spawn": 2,
  "Process spawn": 0,
  "Manager spawn": 2,
};
const broken = (words: string): unknown =>
  expect.stringMatching(new RegExp(`^BrokenProcessPool: .*${words}`, "s"));

// Threads, and the managers, which are threads, need no start of Node.
test.each([
  [
    "an executable that is missing",
    "executable",
    { "Process spawn": expect.stringMatching(/^OSError: .*\/no\/such\/node/) },
  ],
  [
    "an option that Node refuses",
    "option",
    {
      "executor spawn": broken("bad option: --no-such-option"),
      "Pool spawn": broken("bad option: --no-such-option"),
      "Process spawn": 9,
    },
  ],
  [
    "an environment that Node refuses",
    "environment",
    {
      "executor spawn": broken("--no-such-option is not allowed in NODE_OPTIONS"),
      "Pool spawn": broken("--no-such-option is not allowed in NODE_OPTIONS"),
      "Process spawn": 9,
    },
  ],
])(
  "%s fails the processes that need it with the cause, and the program goes on",
  async (_what, way, failed) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, way], { timeout: 60_000 });
    expect(JSON.parse(stdout)).toEqual({ spoiled: { ...well, ...failed }, mended: well });
  },
  60_000,
);
