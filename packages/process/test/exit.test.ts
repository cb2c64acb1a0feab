import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";

const program = fileURLToPath(new URL("./fixtures/programs/ends.mjs", import.meta.url));

/** What a program does with its pool, and what it then prints. */
const cases = [
  ["nothing", ""],
  ["a finished call", "9\n"],
  ["a call nobody awaits", "1\n"],
  ["a map left early", "4\n"],
  ["a worker that died", "ERR_BROKEN_PROCESS_POOL\n"],
  ["a call that leaves a timer behind", "left\n"],
  ["a call stopped by force", "ERR_CANCELLED\n"],
  ["a pool that was shut down", "shut down\n"],
  ["a pool whose workers were ended", "ended\n"],
  ["an initializer that failed", "ERR_BROKEN_PROCESS_POOL\n"],
] as const;

describe.each(["thread", "spawn"])(
  "a program that never shuts its pool of %s workers down ends by itself",
  (context) => {
    test.each(cases)("after %s", async (what, output) => {
      // Killed when it does not end in time: then this rejects.
      const run = promisify(execFile)(process.execPath, [program, what, context], { timeout: 10_000 });
      expect(await run).toEqual({ stdout: output, stderr: "" });
    });
  },
);
