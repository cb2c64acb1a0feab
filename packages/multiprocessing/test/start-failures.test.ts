import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "@jest/globals";

const program = fileURLToPath(new URL("./fixtures/failing-starts.mjs", import.meta.url));

type Ends = Readonly<Record<string, unknown>>;

/** What each kind of worker gives when it starts. */
const onThreads: Ends = {
  "executor thread": 2,
  "Pool thread": 2,
  "Process thread": 0,
  "Manager thread": 2,
};
const onProcesses: Ends = {
  "executor spawn": 2,
  "Pool spawn": 2,
  "Process spawn": 0,
  "Manager spawn": 2,
};

const failure = (name: string, words: string): unknown =>
  expect.stringMatching(new RegExp(`^${name}: .*${words}`, "s"));
const pools = (words: string): Ends => ({
  "executor spawn": failure("BrokenProcessPool", words),
  "Pool spawn": failure("BrokenProcessPool", words),
});
const noThread = "Worker initialization failure: EMFILE";

/** How each has ended, by the way in which its start was made to fail. */
let ends: Record<string, Ends>;
beforeAll(async () => {
  const limited = `ulimit -n 160; exec "${process.execPath}" "${program}"`;
  const { stdout } = await promisify(execFile)("bash", ["-c", limited], { timeout: 100_000 });
  ends = JSON.parse(stdout) as Record<string, Ends>;
}, 120_000);

test.each<[what: string, way: string, failed: Ends]>([
  ["nothing that hinders it", "before", { ...onThreads, ...onProcesses }],
  [
    "an executable that is missing",
    "executable",
    // Pools go on to use this program's own.
    { ...onProcesses, "Process spawn": failure("OSError", "/no/such/node") },
  ],
  [
    "an option that Node refuses",
    "option",
    { ...onProcesses, ...pools("bad option: --no-such-option"), "Process spawn": 9 },
  ],
  [
    "an environment that Node refuses",
    "environment",
    { ...onProcesses, ...pools("--no-such-option is not allowed in NODE_OPTIONS"), "Process spawn": 9 },
  ],
  [
    "a module that is missing",
    "module",
    { ...onProcesses, ...pools("Cannot find module .*no-such-module.cjs"), "Process spawn": 1 },
  ],
  [
    "a module that throws when it is loaded",
    "throwing",
    { ...onProcesses, ...pools("this module cannot be loaded"), "Process spawn": 1 },
  ],
  [
    "Ctrl-C while it starts, each time,",
    "signal",
    { ...onProcesses, ...pools("signal SIGINT"), "Process spawn": -2 },
  ],
  [
    "a want of file descriptors",
    "descriptors",
    {
      "executor thread": failure("BrokenProcessPool", noThread),
      "Pool thread": failure("BrokenProcessPool", noThread),
      "Process thread": 1,
      "Manager thread": failure("OSError", noThread),
      ...pools("EMFILE"),
      "Process spawn": failure("OSError", "are there file descriptors"),
      "Manager spawn": failure("OSError", noThread),
    },
  ],
  ["none of this any more", "mended", { ...onThreads, ...onProcesses }],
])("%s: each start that needs it fails with the cause, and the program goes on", (_what, way, failed) => {
  expect(ends[way]).toEqual(failed);
});
