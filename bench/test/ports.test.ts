import { execFile, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "@jest/globals";

const run = promisify(execFile);
const bench = fileURLToPath(new URL("..", import.meta.url));
const ports = readdirSync(`${bench}ports`)
  .filter((file) => file.endsWith(".py"))
  .map((file) => file.slice(0, -3));

const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) console.warn("No python3 is here: the ports are not compared with their Python programs.");

/** What the programs print with the size 200, as Python 3.11 has printed it. */
const expected: Readonly<Record<string, string>> = {
  nested_pools: "4431751196",
  window: "41281051022",
  pipeline: "599000400",
  pipe_worker: "527350000",
  histogram: "161240",
  link_checker: "215504",
  job_queue: "8418",
  monte_carlo: "1253",
  retries: "12233829400",
  word_counts: "180002",
};

describe("the ports of Python programs", () => {
  beforeAll(async () => {
    await run(process.execPath, ["../node_modules/typescript/bin/tsc", "-b"], { cwd: bench });
  }, 60_000);

  describe.each(ports)("%s", (port) => {
    test.each(["thread", "spawn"])("prints what Python's program printed, by %s", async (context) => {
      const { stdout } = await run(process.execPath, [`${bench}dist/ports/${port}.js`, context, "200"]);
      expect(stdout.trim()).toBe(expected[port]);
    });

    // Needs a python3: without one it is skipped, with the warning above. What Python printed is compared in any case.
    (hasPython ? test : test.skip)("is what Python's program prints here", async () => {
      const { stdout } = await run("python3", [`${bench}ports/${port}.py`, "200"]);
      expect(stdout.trim()).toBe(expected[port]);
    });
  });
});
