/** Where a worker notes who it is; a process of `multiprocessing` does so too. */
const identityKey = Symbol.for("concurrent-futures.identity");

/** Who a worker is, for `currentProcess()` and `parentProcess()` of `@concurrent-futures/multiprocessing`. */
export interface Identity {
  readonly name: string;
  readonly parent: { readonly name: string; readonly pid: number };
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
export function ownName(): string {
  return identity()?.name ?? "MainProcess";
}
