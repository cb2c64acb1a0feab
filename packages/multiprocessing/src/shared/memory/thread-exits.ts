import { subscribe } from "node:diagnostics_channel";
import { types } from "node:util";
import {
  getEnvironmentData,
  isMainThread,
  setEnvironmentData,
  threadId,
  type Worker,
} from "node:worker_threads";
import { exitWatchers, threadExits, threads } from "@concurrent-futures/core/keys";
import { hasEnded } from "@concurrent-futures/process/workers";

/**
 * Thread exits: a table in shared memory with one bit per thread id, set when that thread has exited, for whatever
 * reason. The thread that started a worker sets the worker's bit; waiters read it. The table reaches other threads by
 * Node's environment data, and inside every lock: a thread marks an exit in all tables it has.
 *
 * Table: word 0 counts exits, and is notified at each; words 1 and 2 tell tables apart; bits from word 3.
 */

/** Thread ids are never reused. Beyond four million threads an exit goes unnoticed; untouched pages cost nothing. */
const maxThreads = 2 ** 22;
const firstWord = 3;

/** How shared memory names this thread: 0 is nobody. */
export const ownThreadId: number = threadId + 1;

const tables = new Map<string, Int32Array>();
let ownTable: Int32Array | undefined;

/** The table of this thread, for the locks that it makes. From the first call on, it watches the workers it starts. */
export function exitTable(): Int32Array {
  if (ownTable === undefined) {
    const inherited: unknown = getEnvironmentData(threadExits);
    adoptExitTable(types.isSharedArrayBuffer(inherited) ? inherited : newTable());
  }
  return ownTable!;
}

/** The table that came with a lock from another thread. */
export function adoptExitTable(memory: SharedArrayBuffer): Int32Array {
  const fresh = new Int32Array(memory);
  const key = `${fresh[1]}/${fresh[2]}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  tables.set(key, fresh);
  if (ownTable === undefined) {
    ownTable = fresh;
    setEnvironmentData(threadExits, memory);
    watchThreads();
  }
  return fresh;
}

function newTable(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(4 * firstWord + maxThreads / 8);
  const words = new Int32Array(memory);
  words[1] = ownThreadId;
  words[2] = Math.floor(Math.random() * 2 ** 31);
  return memory;
}

/** Whether a thread, as {@link ownThreadId} names it, has ended. */
export function hasExited(table: Int32Array, thread: number): boolean {
  const id = thread - 1;
  return id > 0 && id < maxThreads && ((table[firstWord + (id >> 5)] as number) & (1 << (id & 31))) !== 0;
}

/**
 * Marks a worker thread as exited. Needed only for threads whose exit Node did not report here: all that were started
 * before this thread made or received its first lock, unless they are in {@link knownThreads}.
 */
export function markExited(id: number): void {
  for (const table of tables.values()) {
    const bit = 1 << (id & 31);
    if (id <= 0 || id >= maxThreads || (Atomics.or(table, firstWord + (id >> 5), bit) & bit) !== 0) continue;
    Atomics.add(table, 0, 1);
    Atomics.notify(table, 0);
  }
}

const holder = process as typeof process & { [threads]?: Set<Worker> };

/**
 * The worker threads that this thread has started, as far as it was told. A host that starts threads adds them to
 * this set, found under a registered symbol on `process`; then it does not matter which came first, lock or thread.
 */
function knownThreads(): Set<Worker> {
  holder[threads] ??= new Set();
  return holder[threads];
}

const watched = new Map<Worker, number>();
let watching = false;

/** Makes this thread notice the exit of the workers that it starts from now on. Called whenever a lock is made. */
export function watchThreads(): void {
  if (watching) return;
  watching = true;
  subscribe("worker_threads", (message) => watchWorker((message as { readonly worker: Worker }).worker));
  watchKnown();
  // A thread that exits by itself can mark that itself, whichever thread started it; one that is terminated cannot.
  if (!isMainThread) process.once("exit", () => markExited(threadId));
}

function watchKnown(): void {
  for (const worker of knownThreads()) watchWorker(worker);
}

function watchWorker(worker: WatchedWorker): void {
  const id = worker.threadId;
  if (watched.has(worker) || id <= 0) return;
  watched.set(worker, id);
  watchersOf(worker).push({
    online: () => setTimeout(() => hasEnded(worker), settlingTime).unref(),
    exit() {
      watched.delete(worker);
      knownThreads().delete(worker);
      markExited(id);
    },
  });
}

interface ExitWatcher {
  online(): void;
  exit(): void;
}

type WatchedWorker = Worker & { [exitWatchers]?: ExitWatcher[] };

/**
 * The watchers of a worker, which share its listeners: a test runner loads a copy of this module for each file, and from
 * eleven listeners on Node warns of a leak.
 */
function watchersOf(worker: WatchedWorker): ExitWatcher[] {
  const known = worker[exitWatchers];
  if (known !== undefined) return known;
  const watchers: ExitWatcher[] = [];
  worker[exitWatchers] = watchers;
  worker.once("online", () => {
    for (const watcher of watchers) watcher.online();
  });
  worker.once("exit", () => {
    for (const watcher of watchers) watcher.exit();
  });
  return watchers;
}

/** Notices ended workers without the event loop, for a thread that blocks. */
export function pollExits(): void {
  watchKnown();
  for (const [worker, id] of watched) {
    if (hasEnded(worker)) markExited(id);
  }
}

/** How long after a thread is there its loop should turn, in ms. */
const settlingTime = 20;
