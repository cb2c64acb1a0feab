import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const program = fileURLToPath(new URL("fixtures/programs/frozen.mjs", import.meta.url));

test.each(["thread", "spawn"])(
  "calls on a %s that run in a process that was stopped for a while have their time afterwards",
  async (mpContext) => {
    const child = spawn(process.execPath, [program, mpContext], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const pids = JSON.parse((await lines.next()).value as string) as number[];
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    // As long as the calls may run, and longer: what they have left when it goes on is what is tested.
    // biome-ignore lint/style/noRestrictedGlobals: a process that is stopped tells nothing.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    for (const pid of pids) process.kill(pid, "SIGCONT");
    expect(JSON.parse((await lines.next()).value as string)).toEqual([1, 2]);
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
  },
);
