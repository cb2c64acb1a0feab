import { setInterval } from "node:timers";
import type { Deadline } from "@concurrent-futures/core/deadline";
import { noticeDeaths } from "./lifeline.ts";
import { waitAsync } from "./memory.ts";

/** A word of shared memory that somebody else will change. */
export interface Bed {
  readonly view: Int32Array;
  readonly index: number;
  /** Sleep as long as the word is this. */
  readonly value: number;
  /** The table of the dead that concerns it. */
  readonly deaths: Int32Array;
  /** Called when a thread has ended: changes the word if there is nothing left to wait for. */
  readonly onDeath: () => void;
}

/** How long a blocked thread goes without looking who has died, in ms. Shorter costs CPU, longer delays bad news. */
const longestNap = 20;

/** Blocks this thread until the word has changed or the time is up. */
export function sleepSync(bed: Bed, deadline: Deadline): void {
  let heard = Atomics.load(bed.deaths, 0);
  // A death between joining the line and now was not counted as news.
  bed.onDeath();
  while (Atomics.load(bed.view, bed.index) === bed.value && !deadline.passed) {
    if (
      Atomics.wait(bed.view, bed.index, bed.value, Math.min(deadline.remaining, longestNap)) !== "timed-out"
    )
      return;
    noticeDeaths();
    const deaths = Atomics.load(bed.deaths, 0);
    if (deaths !== heard) bed.onDeath();
    heard = deaths;
  }
}

/** Waits until the word has changed or the time is up. Keeps the process alive meanwhile. */
export async function sleep(bed: Bed, deadline: Deadline): Promise<void> {
  const forget = whenThreadsDie(bed.deaths, bed.onDeath);
  stayAlive();
  try {
    // A death between joining the line and now was nobody's news.
    bed.onDeath();
    while (Atomics.load(bed.view, bed.index) === bed.value && !deadline.passed) {
      const waited = waitAsync(bed.view, bed.index, bed.value, deadline.remaining);
      if (waited.async) await waited.value;
    }
  } finally {
    mayEnd();
    forget();
  }
}

let sleepers = 0;
let handle: NodeJS.Timeout | undefined;

/** `Atomics.waitAsync` is nothing to Node's event loop; a timer that never fires stands for all sleepers. */
function stayAlive(): void {
  if (sleepers++ > 0) return;
  handle ??= setInterval(() => {}, 2 ** 30);
  handle.ref();
}

function mayEnd(): void {
  if (--sleepers === 0) handle?.unref();
}

/** Who wants to hear of deaths, by table. One pending wait per table and thread serves them all. */
const listeners = new Map<Int32Array, Set<() => void>>();

function whenThreadsDie(deaths: Int32Array, listener: () => void): () => void {
  let mine = listeners.get(deaths);
  if (mine === undefined) {
    mine = new Set();
    listeners.set(deaths, mine);
    void listen(deaths, mine);
  }
  // The same function may wait several times.
  const entry = (): void => listener();
  mine.add(entry);
  return () => mine.delete(entry);
}

async function listen(deaths: Int32Array, mine: ReadonlySet<() => void>): Promise<never> {
  let heard = Atomics.load(deaths, 0);
  for (;;) {
    const waited = waitAsync(deaths, 0, heard);
    if (waited.async) await waited.value;
    heard = Atomics.load(deaths, 0);
    for (const listener of [...mine]) listener();
  }
}
