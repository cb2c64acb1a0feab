import { setInterval } from "node:timers";
import type { Deadline } from "@concurrent-futures/core/deadline";
import type { Spin } from "./spin.ts";
import type { WaitBackend } from "./wait-backend.ts";

/** A word of shared memory that another thread will change. */
export interface WaitTarget {
  readonly words: Int32Array;
  readonly index: number;
  /** Sleep as long as the word is this. */
  readonly value: number;
  /** Called when a thread has exited: changes the word if there is nothing left to wait for. */
  readonly onExit: () => void;
  /** How earlier waits of this kind went. */
  readonly spin: Spin;
}

/** How often a blocked thread looks for exited threads, in ms. Shorter costs CPU, longer delays bad news. */
const pollInterval = 20;

/** Blocks this thread until the word has changed or the time is up. */
export function sleepSync(backend: WaitBackend, target: WaitTarget, deadline: Deadline): void {
  const { words, index, value, onExit, spin } = target;
  if (spin.until(() => Atomics.load(words, index) !== value)) return;
  let seen = backend.exitCount();
  // An exit between enqueueing and now was not counted as news.
  onExit();
  while (Atomics.load(words, index) === value && !deadline.passed) {
    if (backend.wait(words, index, value, Math.min(deadline.remaining, pollInterval)) !== "timed-out") return;
    backend.pollExits();
    const exits = backend.exitCount();
    if (exits !== seen) onExit();
    seen = exits;
  }
}

/** Waits until the word has changed or the time is up. Keeps the process alive meanwhile. */
export async function sleep(backend: WaitBackend, target: WaitTarget, deadline: Deadline): Promise<void> {
  const { words, index, value, onExit, spin } = target;
  if (spin.untilInTurn(() => Atomics.load(words, index) !== value)) return;
  const stopListening = backend.onExit(onExit);
  refLoop();
  try {
    // An exit between enqueueing and now has notified no listener.
    onExit();
    while (Atomics.load(words, index) === value && !deadline.passed) {
      const waited = backend.waitAsync(words, index, value, deadline.remaining);
      if (waited.async) await waited.value;
    }
  } finally {
    unrefLoop();
    stopListening();
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
