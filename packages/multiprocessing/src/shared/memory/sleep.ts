import { setInterval } from "node:timers";
import type { Deadline } from "@concurrent-futures/core/deadline";
import { waitAsync } from "./growable.ts";
import { pollExits } from "./thread-exits.ts";

/** A word of shared memory that another thread will change. */
export interface WaitTarget {
  readonly view: Int32Array;
  readonly index: number;
  /** Sleep as long as the word is this. */
  readonly value: number;
  /** The table of thread exits that concerns it. */
  readonly exits: Int32Array;
  /** Called when a thread has exited: changes the word if there is nothing left to wait for. */
  readonly onExit: () => void;
}

/** How often a blocked thread looks for exited threads, in ms. Shorter costs CPU, longer delays bad news. */
const pollInterval = 20;

/** Blocks this thread until the word has changed or the time is up. */
export function sleepSync(target: WaitTarget, deadline: Deadline): void {
  let seen = Atomics.load(target.exits, 0);
  // An exit between enqueueing and now was not counted as news.
  target.onExit();
  while (Atomics.load(target.view, target.index) === target.value && !deadline.passed) {
    if (
      Atomics.wait(target.view, target.index, target.value, Math.min(deadline.remaining, pollInterval)) !==
      "timed-out"
    )
      return;
    pollExits();
    const exits = Atomics.load(target.exits, 0);
    if (exits !== seen) target.onExit();
    seen = exits;
  }
}

/** Waits until the word has changed or the time is up. Keeps the process alive meanwhile. */
export async function sleep(target: WaitTarget, deadline: Deadline): Promise<void> {
  const forget = onThreadExit(target.exits, target.onExit);
  refLoop();
  try {
    // An exit between enqueueing and now has notified no listener.
    target.onExit();
    while (Atomics.load(target.view, target.index) === target.value && !deadline.passed) {
      const waited = waitAsync(target.view, target.index, target.value, deadline.remaining);
      if (waited.async) await waited.value;
    }
  } finally {
    unrefLoop();
    forget();
  }
}

let waiters = 0;
let handle: NodeJS.Timeout | undefined;

/** `Atomics.waitAsync` does not keep Node's event loop alive; one ref'd timer does so for all waiters. */
function refLoop(): void {
  if (waiters++ > 0) return;
  handle ??= setInterval(() => {}, 2 ** 30);
  handle.ref();
}

function unrefLoop(): void {
  if (--waiters === 0) handle?.unref();
}

/** Listeners for thread exits, by table. One pending wait per table and thread serves them all. */
const listeners = new Map<Int32Array, Set<() => void>>();

function onThreadExit(exits: Int32Array, listener: () => void): () => void {
  let mine = listeners.get(exits);
  if (mine === undefined) {
    mine = new Set();
    listeners.set(exits, mine);
    void listen(exits, mine);
  }
  // The same function may wait several times.
  const entry = (): void => listener();
  mine.add(entry);
  return () => mine.delete(entry);
}

async function listen(exits: Int32Array, mine: ReadonlySet<() => void>): Promise<never> {
  let seen = Atomics.load(exits, 0);
  for (;;) {
    const waited = waitAsync(exits, 0, seen);
    if (waited.async) await waited.value;
    seen = Atomics.load(exits, 0);
    for (const listener of [...mine]) listener();
  }
}
