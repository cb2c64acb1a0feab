import { isMainThread } from "node:worker_threads";
import { identity as identityKey } from "@concurrent-futures/core/keys";

/** The parent of a worker. */
export interface Parent {
  readonly name: string;
  readonly pid: number;
  /** How many of its ancestors are workers, itself counted. */
  readonly depth: number;
  /** What the program was called with: `process.argv` from its third place on. */
  readonly argv: readonly string[];
}

/** The identity of a worker, for `currentProcess()` and `parentProcess()` of `@concurrent-futures/multiprocessing`. */
export interface Identity {
  readonly name: string;
  readonly parent: Parent;
  /** How it was started: what it starts itself is started so by default, as in Python. */
  readonly startMethod: "thread" | "spawn";
}

const holder = globalThis as { [identityKey]?: Identity };

/** The identity of this thread or process; `undefined` in the main one. */
export function identity(): Identity | undefined {
  return holder[identityKey];
}

/** Says who this one is: once, when it starts. Its `process.argv` ends as the program's does (Python: `sys.argv`). */
export function identify(self: Identity): void {
  holder[identityKey] = self;
  // Not the second place: modules find out by it whether they are the program.
  process.argv = [...process.argv.slice(0, 2), ...self.parent.argv];
}

/** As which this one is known to the workers that it starts. */
export function asParent(): Parent {
  const own = identity();
  return {
    name: own?.name ?? "MainProcess",
    pid: process.pid,
    depth: own === undefined ? 0 : own.parent.depth + 1,
    argv: process.argv.slice(isEvaluated() ? 1 : 2),
  };
}

/** A parent as the arguments of a child's program, which {@link parentOf} reads. */
export function asArguments({ pid, name, depth, argv }: Parent): string[] {
  return [String(pid), name, String(depth), ...argv];
}

/** The parent that was told by {@link asArguments}. */
export function parentOf([pid, name = "", depth, ...argv]: readonly string[]): Parent {
  return { name, pid: Number(pid), depth: Number(depth), argv };
}

/** Whether the program was given by `node -e`, and so has no file. Threads inherit that option, and have one. */
function isEvaluated(): boolean {
  return isMainThread && process.execArgv.some((option) => /^(-e|-p|-pe|--eval|--print)(=|$)/.test(option));
}
