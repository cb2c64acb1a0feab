import { fileURLToPath } from "node:url";
import type { Case, Contestant, Kind } from "../harness/case.ts";
import { program } from "../harness/program.ts";

/** Programs as people write them: the function in the file that is run, a pool of six, run once. */

const atOnce =
  "Timed from the command to the end of its process. The function is in the main file; a pool of six.";

const file = (name: string): string => fileURLToPath(new URL(`../whole/${name}.js`, import.meta.url));
const script = (name: string): string => fileURLToPath(new URL(`../../whole/${name}.py`, import.meta.url));

function node(name: string, kind: Kind, settings: string, path: string, args: readonly string[]): Contestant {
  return program(name, kind, settings, process.execPath, [file(path), ...args]);
}

function contestantsOf(path: string, calls: number): Contestant[] {
  const count = String(calls);
  return [
    node("ours", "ours", "threads", path, ["thread", count]),
    node("ours spawn", "ours", "processes", path, ["spawn", count]),
    node("six bare Workers", "bare", "a sixth of the rows in one message each", "bare_workers", ["", count]),
    program("python", "python", "python3, forked processes", "python3", [script(path), "fork", count]),
    program("python spawn", "python", "python3, spawned processes", "python3", [
      script(path),
      "spawn",
      count,
    ]),
  ];
}

const calls = 20_000;

/** Where the time of these programs goes; processor time of the main thread on Node 24, a busy machine with two cores. */
const profile =
  "Of the main thread's processor time, Node itself takes 25 ms, the import 33, `new Pool(6)` 22 (10 of them Piscina), describing the function 6";
const starts =
  "Six workers are not started at once on two processors: four of them wait until the first two are seen to run long calls.";

export const wholePrograms: readonly Case[] = [
  {
    name: "whole-map-async",
    description: `Pool.mapAsync over 20,000 squares. ${atOnce}`,
    metrics: { cost: "ms" },
    notes: [
      `${profile}. Each worker takes 28 ms, where a bare one takes 16 to 20. ${starts}`,
      "The debugger, which was asked for the text of the script (20 ms), and the parser (7 ms and more) are no longer needed for a function whose text is simple.",
    ],
    bars: () => [
      {
        text: "at most 1.6 times six bare Workers",
        against: { names: ["six bare Workers"] },
        atLeast: 1 / 1.6,
      },
    ],
    run: async ({ quick, times }) => contestantsOf("map_async", quick ? 100 : calls * times),
  },
  {
    name: "whole-apply-async",
    description: `20,000 times Pool.applyAsync with a callback. ${atOnce}`,
    metrics: { cost: "ms" },
    notes: [
      `${profile}, 20,000 submits 55, and results with their callbacks 70: both in code that has hardly been compiled yet: warm, a call costs 0.6 us in all. ${starts}`,
    ],
    bars: () => [{ text: "twice as fast as Python's fork", against: { names: ["python"] }, atLeast: 2 }],
    run: async ({ quick, times }) => contestantsOf("apply_async", quick ? 100 : calls * times),
  },
  {
    name: "whole-imap",
    description: `Pool.imap over 20,000 squares. ${atOnce}`,
    metrics: { cost: "ms" },
    notes: [`${profile}. ${starts}`],
    bars: () => [{ text: "twice as fast as Python's fork", against: { names: ["python"] }, atLeast: 2 }],
    run: async ({ quick, times }) => contestantsOf("imap", quick ? 100 : calls * times),
  },
  {
    name: "whole-import",
    description: "A program that imports the library and ends; from the command to the end of its process.",
    metrics: { cost: "ms" },
    notes: ["What an import costs is the difference to the program that imports nothing."],
    bars: () => [],
    run: async () => [
      node("ours", "ours", "concurrent-futures", "import_front_door", []),
      node(
        "ours multiprocessing",
        "ours",
        "concurrent-futures/multiprocessing",
        "import_multiprocessing",
        [],
      ),
      node("piscina", "node pool", "piscina", "import_piscina", []),
      node("workerpool", "node pool", "workerpool", "import_workerpool", []),
      node("nothing imported", "bare", "an empty program", "import_nothing", []),
    ],
  },
];
