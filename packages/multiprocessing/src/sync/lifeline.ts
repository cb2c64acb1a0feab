import { subscribe } from "node:diagnostics_channel";
import { types } from "node:util";
import {
  getEnvironmentData,
  isMainThread,
  setEnvironmentData,
  threadId,
  type Worker,
} from "node:worker_threads";

/**
 * Who is dead. A table in shared memory has a bit for each thread that ever was; the thread that started a worker
 * sets the worker's bit when it ends, for whatever reason, and whoever waits for it looks there. The table reaches
 * other threads by Node's environment data, and inside every lock: a thread marks the dead in all tables it knows.
 *
 * Table: word 0 counts deaths, and is notified at each; words 1 and 2 tell tables apart; bits from word 3.
 */

const environmentKey = "concurrent-futures.deaths";
/** Thread ids are never reused. Beyond four million threads a death goes unnoticed; untouched pages cost nothing. */
const maxThreads = 2 ** 22;
const firstWord = 3;

/** How shared memory names this thread: 0 is nobody. */
export const thisThread: number = threadId + 1;

const tables = new Map<string, Int32Array>();
let ownTable: Int32Array | undefined;

/** The table of this thread, for the locks that it makes. From the first call on, it watches the workers it starts. */
export function deathTable(): Int32Array {
  if (ownTable === undefined) {
    const inherited: unknown = getEnvironmentData(environmentKey);
    adoptDeathTable(types.isSharedArrayBuffer(inherited) ? inherited : newTable());
  }
  return ownTable!;
}

/** The table that came with a lock from another thread. */
export function adoptDeathTable(memory: SharedArrayBuffer): Int32Array {
  const fresh = new Int32Array(memory);
  const key = `${fresh[1]}/${fresh[2]}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  tables.set(key, fresh);
  if (ownTable === undefined) {
    ownTable = fresh;
    setEnvironmentData(environmentKey, memory);
    watchThreads();
  }
  return fresh;
}

function newTable(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(4 * firstWord + maxThreads / 8);
  const words = new Int32Array(memory);
  words[1] = thisThread;
  words[2] = Math.floor(Math.random() * 2 ** 31);
  return memory;
}

/** Whether a thread, as {@link thisThread} names it, has ended. */
export function isDead(table: Int32Array, thread: number): boolean {
  const id = thread - 1;
  return id > 0 && id < maxThreads && ((table[firstWord + (id >> 5)] as number) & (1 << (id & 31))) !== 0;
}

/**
 * Says that a worker thread has ended. Needed only for threads of which Node did not tell us: all that were started
 * before this thread made or received its first lock, unless they are in {@link knownThreads}.
 */
export function workerDied(id: number): void {
  for (const table of tables.values()) {
    const bit = 1 << (id & 31);
    if (id <= 0 || id >= maxThreads || (Atomics.or(table, firstWord + (id >> 5), bit) & bit) !== 0) continue;
    Atomics.add(table, 0, 1);
    Atomics.notify(table, 0);
  }
}

const threadsKey = Symbol.for("concurrent-futures.threads");

const holder = process as typeof process & { [threadsKey]?: Set<Worker> };

/**
 * The worker threads that this thread has started, as far as it was told. A host that starts threads adds them to
 * this set, found under a registered symbol on `process`; then it does not matter which came first, lock or thread.
 */
function knownThreads(): Set<Worker> {
  holder[threadsKey] ??= new Set();
  return holder[threadsKey];
}

const followed = new Map<Worker, number>();
let watching = false;

/** Makes this thread notice the end of the workers that it starts from now on. Called by what makes locks. */
export function watchThreads(): void {
  if (watching) return;
  watching = true;
  subscribe("worker_threads", (message) => follow((message as { readonly worker: Worker }).worker));
  followKnown();
  // A thread that ends by itself can say so itself, whoever started it; one that is terminated cannot.
  if (!isMainThread) process.once("exit", () => workerDied(threadId));
}

function followKnown(): void {
  for (const worker of knownThreads()) follow(worker);
}

function follow(worker: Worker): void {
  const id = worker.threadId;
  if (followed.has(worker) || id <= 0) return;
  followed.set(worker, id);
  worker.once("online", () => setTimeout(() => isGone(worker), settlingTime).unref());
  worker.once("exit", () => {
    followed.delete(worker);
    knownThreads().delete(worker);
    workerDied(id);
  });
}

/** Notices ended workers without the event loop, for a thread that blocks. */
export function noticeDeaths(): void {
  followKnown();
  for (const [worker, id] of followed) {
    if (isGone(worker)) workerDied(id);
  }
}

/** How long after a thread is there its loop should turn, in ms. */
const settlingTime = 20;

/**
 * A thread that has ended has no loop whose idle time could be asked for. Node can tell it from one that has not
 * begun only if it was asked in between, hence the question when the thread has settled.
 */
function isGone(worker: Worker): boolean {
  return worker.performance.eventLoopUtilization().idle === -1;
}
