/** Where a worker notes who it is; a process of `multiprocessing` does so too. */
const identityKey = Symbol.for("concurrent-futures.identity");

/** Who started a worker. */
export interface Parent {
  readonly name: string;
  readonly pid: number;
  /** How many of its ancestors are workers, itself counted. */
  readonly depth: number;
}

/** Who a worker is, for `currentProcess()` and `parentProcess()` of `@concurrent-futures/multiprocessing`. */
export interface Identity {
  readonly name: string;
  readonly parent: Parent;
  /** How it was started: what it starts itself is started so by default, as in Python. */
  readonly startMethod: "thread" | "spawn";
}

const holder = globalThis as { [identityKey]?: Identity };

/** Who this thread or process is; `undefined` in the main one. */
export function identity(): Identity | undefined {
  return holder[identityKey];
}

/** Says who this one is: once, when it starts. */
export function identify(self: Identity): void {
  holder[identityKey] = self;
}

/** As which this one is known to the workers that it starts. */
export function asParent(): Parent {
  const own = identity();
  return {
    name: own?.name ?? "MainProcess",
    pid: process.pid,
    depth: own === undefined ? 0 : own.parent.depth + 1,
  };
}
