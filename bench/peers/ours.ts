import { ProcessPoolExecutor, task } from "concurrent-futures";
import type * as tasks from "../tasks/index.ts";
import type { Peer, TaskName } from "./peer.ts";

const files: Readonly<Record<TaskName, string>> = {
  burn: "burn",
  echo: "echo",
  fib: "fib",
  hold: "hold",
  record: "record",
  recordAll: "record-all",
  spin: "spin",
  square: "square",
  squareAll: "square-all",
  touchShared: "touch-shared",
};

/** An explicit reference to one of the shared tasks, with its type. */
export function taskNamed<N extends TaskName>(name: N): (typeof tasks)[N] {
  return task(new URL(`../tasks/${files[name]}.js`, import.meta.url), name) as unknown as (typeof tasks)[N];
}

export const oursSettings = (workers: number): string =>
  `new ProcessPoolExecutor({ maxWorkers: ${workers} }), all other options at their defaults`;

/** Starts our pool; its workers start with their first task, so the caller warms it up. */
export function openOurs(workers: number): ProcessPoolExecutor {
  return new ProcessPoolExecutor({ maxWorkers: workers });
}

/** The same task as a function of the file that submits it, exported by nobody. */
const ownSquare = (value: number): number => value * value;

/** Ours in other ways: on processes, and with a function of one's own file instead of an exported one. Only for `square`. */
export const oursOtherwise: readonly Peer[] = [
  other("ours, own function", "thread", true),
  other("ours, spawn", "spawn", false),
  other("ours, spawn, own function", "spawn", true),
];

function other(name: string, mpContext: "thread" | "spawn", own: boolean): Peer {
  return {
    name,
    kind: "ours",
    settings: (workers) =>
      `new ProcessPoolExecutor({ maxWorkers: ${workers}, mpContext: "${mpContext}" }), ${own ? "a function that nobody exports" : "an exported function"}`,
    async open(workers) {
      const executor = new ProcessPoolExecutor({ maxWorkers: workers, mpContext });
      const square = own ? ownSquare : taskNamed("square");
      return {
        call: (_name, argument) => executor.submit(square, argument as number),
        close: () => executor.shutdown(),
      };
    },
  };
}

export const ours: Peer = {
  name: "ours",
  kind: "ours",
  settings: (workers) => oursSettings(workers),
  async open(workers) {
    const executor = openOurs(workers);
    const references = new Map<TaskName, (argument: unknown) => unknown>();
    const referenceTo = (name: TaskName): ((argument: unknown) => unknown) => {
      let reference = references.get(name);
      if (reference === undefined) {
        reference = taskNamed(name) as (argument: unknown) => unknown;
        references.set(name, reference);
      }
      return reference;
    };
    return {
      call: (name, argument) => executor.submit(referenceTo(name), argument),
      close: () => executor.shutdown(),
    };
  },
};
