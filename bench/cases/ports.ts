import { fileURLToPath } from "node:url";
import type { Case, Contestant, Scale } from "../harness/case.ts";
import { program } from "../harness/program.ts";

/** A program of Python's users and its port, in bench/ports. Both take a size and print one number. */
interface Port {
  readonly file: string;
  readonly description: string;
  readonly size: number;
  readonly quickSize: number;
  /** Where the port falls short of Python's program: which part of it, on threads, measured by runs with the smallest size. */
  readonly slowPart?: string;
  /** Which of the contexts it runs in. @default both */
  readonly contexts?: readonly "thread"[];
}

const ports: readonly Port[] = [
  {
    file: "monte_carlo",
    description: "Pool.starmap over eight parts of a Monte Carlo count",
    size: 300_000,
    quickSize: 1_000,
  },
  {
    file: "word_counts",
    description: "Pool.imap_unordered over texts, two of which are broken",
    size: 200_000,
    quickSize: 500,
  },
  {
    file: "job_queue",
    description: "two Processes with a JoinableQueue, a Value with its lock, and a None for each at the end",
    size: 5_000,
    quickSize: 100,
    slowPart:
      "Two thirds of the port's processor time are the starts of two workers that load the library; Python forks. The rest, an item put, got and done and a counter under its lock, is about three times Python's.",
  },
  {
    file: "retries",
    description: "as_completed over jobs of a ProcessPoolExecutor that fail at first and are submitted again",
    size: 2_000_000,
    quickSize: 1_000,
  },
  {
    file: "link_checker",
    description: "two ThreadPoolExecutors and as_completed over pages and their links, with real waiting",
    size: 60,
    quickSize: 5,
    slowPart:
      "The waits are the same. The start of Node and the import of the library take 98 ms of processor time where Python's take 44.",
    contexts: ["thread"],
  },
  {
    file: "histogram",
    description: "an Array with its lock that an initializer hands to the workers of a Pool",
    size: 300000,
    quickSize: 1000,
    slowPart:
      "By threads nothing. By processes, the start of two workers that load the library for their Array; the work itself takes half of Python's time.",
  },
  {
    file: "pipe_worker",
    description: "a Process that answers requests over a Pipe",
    size: 2000,
    quickSize: 20,
    slowPart:
      "Half is the start of a worker that loads the library: a thread that is handed a queue or a pipe costs 88 ms of processor time on a busy machine, one without 33, a bare Worker 27. Of each of the 2,000 round trips, some 0.12 ms of processor time, Python needs a quarter: an event loop wakes at both ends, where Python blocks in read(2). `sendSync` and `recvSync` block as well.",
  },
  {
    file: "pipeline",
    description: "two Processes with Queues between them, and a dict of a Manager",
    size: 2000,
    quickSize: 50,
    slowPart:
      "Three starts, two workers and the manager's server, take 488 ms of processor time, where Python forks for 72. The rest, two queues and the dict, takes four times Python's.",
  },
  {
    file: "window",
    description: "at most eight pending results of a Pool whose workers end after five tasks",
    size: 200000,
    quickSize: 100,
    slowPart:
      "By threads nothing. By processes, the starts: workers end after five tasks and others start, seven times in all, and each loads the library, where Python forks. The work itself takes a third of Python's time.",
  },
  {
    file: "nested_pools",
    description: "tasks of a ProcessPoolExecutor that make pools of their own",
    size: 2000000,
    quickSize: 1000,
    slowPart:
      "By threads nothing. By processes, the starts: six workers, four of them from workers, where Python forks six times. The work itself takes a third of Python's time.",
  },
];

function contestantsOf({ file, size, quickSize, contexts }: Port, { quick, times }: Scale): Contestant[] {
  const count = String(quick ? quickSize : size * times);
  const ours = fileURLToPath(new URL(`../ports/${file}.js`, import.meta.url));
  const theirs = fileURLToPath(new URL(`../../ports/${file}.py`, import.meta.url));
  const run = (name: string, settings: string, context: string): Contestant =>
    program(name, "ours", settings, process.execPath, [ours, context, count]);
  return [
    run("ours", contexts === undefined ? "threads" : "calls on the event loop", "thread"),
    ...(contexts === undefined ? [run("ours spawn", "processes", "spawn")] : []),
    program("python", "python", "python3, forked processes", "python3", [theirs, count]),
  ];
}

/** Programs as Python's users write them, ported line by line: whole processes, from the command to its end. */
export const portCases: readonly Case[] = ports.map((port) => ({
  name: `port-${port.file.replaceAll("_", "-")}`,
  description: `A whole program and its port: ${port.description}. Timed from the command to the end of its process, two workers.`,
  metrics: { cost: "ms" },
  notes: port.slowPart === undefined ? [] : [`What is slower than in Python: ${port.slowPart}`],
  bars: () => [
    { text: "no slower than the Python program", against: { kind: "python" }, atLeast: 1 },
    ...(port.contexts === undefined
      ? [
          {
            text: "no slower than the Python program, by processes",
            of: "ours spawn",
            against: { kind: "python" as const },
            atLeast: 1,
          },
        ]
      : []),
  ],
  run: async (scale) => contestantsOf(port, scale),
}));
