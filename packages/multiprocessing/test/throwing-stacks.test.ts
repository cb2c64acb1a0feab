import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const program = fileURLToPath(new URL("./fixtures/throwing-stacks.mjs", import.meta.url));

/**
 * Whoever reads the stack of an error runs `Error.prepareStackTrace` of the program, and source-map-support's throws where a map
 * is broken. Then the error has no stack; but it is the error of the call, and nothing else happens.
 */
test.each(["thread", "spawn"])("stacks that cannot be made change no outcome (%s)", async (context) => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, context]);
  expect(stdout.trimEnd().split("\n")).toEqual([
    "a call that throws | TypeError: as asked",
    "a row that throws | TypeError: as asked",
    "a settled row | TypeError: as asked",
    "an error as a result | RangeError: a result",
    "a worker that dies | BrokenProcessPool: The worker died while it ran `",
    "a call that is cancelled | CancelledError: the future was cancelled",
    "a call of a pool that throws | TypeError: as asked",
    "a managed object that throws | KeyError: missing",
  ]);
});
