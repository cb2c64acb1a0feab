import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
// biome-ignore lint/style/noRestrictedImports: that what a dead process owes never comes can only be told after some time.
import { setTimeout as pause } from "node:timers/promises";
import { Empty, getContext, LockAbandonedError } from "@concurrent-futures/multiprocessing";
import { Arena, SharedBuffer } from "@concurrent-futures/shared-memory/arena";
import { until } from "../../../conformance/test/support/waiting.ts";

/**
 * What is done with a process that dies at a place of the built code, and what must still work then. The life of the process is
 * in `fixtures/dies-at.mjs`; here is that of those who go on.
 */
const ctx = getContext("spawn");
const ours = createRequire(import.meta.url);
const modules = join(dirname(ours.resolve("@concurrent-futures/multiprocessing")), "modules.js");
const arenaFolder = join(dirname(ours.resolve("@concurrent-futures/shared-memory/arena")), "arena");

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly passes?: number;
  /** It is only come to while another has the lock. */
  readonly isWaiting?: boolean;
}

/** Where those who go on may wait for what a dead process owes them, in ms. Whatever takes longer hangs. */
const patience = 15_000;

const texts = new Map<string, string[]>();
function linesOf(file: string): string[] {
  let lines = texts.get(file);
  if (lines === undefined) {
    lines = readFileSync(file, "utf8").split("\n");
    texts.set(file, lines);
  }
  return lines;
}

/** The statement that begins a line: the last of these texts, each looked for from the one before on. */
export function placeOf(file: "modules" | "arena" | "blocks" | "gate", ...path: readonly string[]): Place {
  const name = file === "modules" ? modules : join(arenaFolder, `${file}.js`);
  const lines = linesOf(name);
  let line = -1;
  for (const text of path) {
    line = lines.findIndex((one, at) => at > line && one.includes(text));
    if (line === -1) throw new Error(`There is no ${path.join(", then ")} in ${name}.`);
  }
  return { file: name, line, column: (lines[line] as string).search(/\S/) };
}

/** Where who waits for a lock is in line for it. */
const waitsInLine = (): Place =>
  placeOf("modules", "var SemaphoreState = class", "*#acquire(", "yield { slot");

/** The lines of a class. */
function rangeOf(file: string, name: string): { file: string; from: number; to: number } {
  const lines = linesOf(file);
  const from = lines.findIndex((line) => new RegExp(`\\b(class _?${name}|${name} = class)\\b`).test(line));
  const to = lines.findIndex((line, at) => at > from && /^\}/.test(line));
  if (from < 0 || to < 0) throw new Error(`There is no class ${name} in ${file}.`);
  return { file, from, to };
}

const classes = [
  ...[
    "SemaphoreState",
    "WaitQueue",
    "WaitLists",
    "Slots",
    "Channel",
    "Ring",
    "ThreadCounts",
    "ProcessBackend",
  ],
  ...["SharedEvent", "SharedCondition", "SharedBarrier", "SharedJoinableQueue", "SharedRLock", "PipeEnds"],
];
const arenaClasses: readonly (readonly [string, string])[] = [
  ["arena", "Arena"],
  ["blocks", "Blocks"],
  ["gate", "Gate"],
];
const allRanges = (): readonly { file: string; from: number; to: number }[] => [
  ...classes.map((name) => rangeOf(modules, name)),
  ...arenaClasses.map(([file, name]) => rangeOf(join(arenaFolder, `${file}.js`), name)),
];

type Jobs = Record<"dieAt" | "passBy", (...args: unknown[]) => Promise<void>>;
let jobs: Jobs;
async function loadJobs(): Promise<Jobs> {
  jobs ??= (await import("../fixtures/dies-at.mjs" as string)) as Jobs;
  return jobs;
}

interface Other {
  /** Waits until the process has come to a step, or is over. */
  at(step: number): Promise<void>;
  /** Lets it go on. */
  allow(step: number): void;
  /** Whether it is over. */
  readonly isOver: () => boolean;
  /** Whether it is to be over while it waits. */
  readonly diesWaiting: boolean;
}

interface Survivor {
  /** What both have. */
  make(): Record<string, unknown>;
  /** What this process does meanwhile; gives what is checked when the other is over. */
  // biome-ignore lint/suspicious/noExplicitAny: what `make` gives
  live(objects: any, other: Other): Promise<() => Promise<void>>;
}

/** Acquires, if need be after the other's death, and releases: it must work twice. */
async function works(lock: {
  acquire(timeout?: number): Promise<boolean>;
  release(): Promise<void>;
}): Promise<void> {
  for (let round = 0; round < 2; round++) await once(lock, patience);
}

async function once(
  lock: { acquire(timeout?: number): Promise<boolean>; release(): Promise<void> },
  timeout: number,
): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    try {
      if (!(await lock.acquire(timeout))) throw new Error("The lock was never to be had again.");
      await lock.release();
      return;
    } catch (error) {
      if (!(error instanceof LockAbandonedError)) throw error;
      await lock.release();
    }
  }
  throw new Error("The lock was abandoned again and again.");
}

const lockLike = (make: () => unknown): Survivor => ({
  make: () => ({ lock: make() }),
  async live({ lock }, other) {
    await other.at(1);
    const mine = once(lock, 2 * patience);
    other.allow(1);
    await mine;
    return () => works(lock);
  },
});

const blockedOn = (make: () => unknown): Survivor => ({
  make: () => ({ lock: make() }),
  async live({ lock }, other) {
    await lock.acquire();
    await other.at(2);
    if (other.diesWaiting) await until(other.isOver, 2 * patience);
    await lock.release();
    return () => works(lock);
  },
});

interface Item {
  readonly n: number;
  readonly text: string;
}

function checkItem(item: unknown): void {
  const { n, text } = item as Item;
  if (text === "" || text !== String(n).repeat(text.length)) throw new Error(`Half an item: ${String(text)}`);
}

const failure = (error: Error): Error => error;

export const survivors: Readonly<Record<string, readonly [life: string, survivor: Survivor]>> = {
  Lock: ["lock", lockLike(() => ctx.Lock())],
  RLock: ["blocked", blockedOn(() => ctx.RLock())],
  "Lock, blocked": ["blocked", blockedOn(() => ctx.Lock())],
  Semaphore: ["lock", lockLike(() => ctx.Semaphore(1))],
  "Semaphore, blocked": ["blocked", blockedOn(() => ctx.Semaphore(1))],

  Condition: [
    "condition",
    {
      make: () => ({ condition: ctx.Condition() }),
      async live({ condition }, other) {
        await other.at(1);
        let heard = false;
        while (!heard && !other.isOver()) {
          try {
            if (!(await condition.acquire(patience))) throw new Error("The lock was never to be had again.");
            await condition.notifyAll();
            heard = await condition.wait(50);
            await condition.release();
          } catch (error) {
            if (!(error instanceof LockAbandonedError)) throw error;
            await condition.release();
          }
        }
        return async () => {
          await works(condition);
          // A notification reaches who waits now, not one who is dead.
          const waiting = condition.run(() => condition.wait(patience));
          await condition.run(() => condition.notify());
          if (!(await waiting)) throw new Error("The notification went to somebody else.");
        };
      },
    },
  ],

  Event: [
    "event",
    {
      make: () => ({ event: ctx.Event(), other: ctx.Event() }),
      async live({ event, other: answer }, other) {
        const waiting = answer.wait(2 * patience);
        await other.at(1);
        await event.set();
        return async () => {
          if (!answer.isSet()) await answer.set();
          if (!(await Promise.race([waiting, pause(patience, false)])))
            throw new Error("It is set, and nobody heard.");
          await event.set();
          if (!(await event.wait(patience))) throw new Error("It is set, and nobody heard.");
        };
      },
    },
  ],

  Barrier: [
    "barrier",
    {
      make: () => ({ barrier: ctx.Barrier(2) }),
      async live({ barrier }, other) {
        await other.at(1);
        const first = barrier.wait().catch(failure);
        other.allow(1);
        await other.at(2);
        const isThrough = await Promise.race([
          first.then(() => true),
          until(other.isOver, 2 * patience).then(() => false),
        ]);
        const second = isThrough ? barrier.wait().catch(failure) : first;
        return async () => {
          // It may have died before it came: then this one stands in for it.
          for (const waiting of [first, second]) {
            if ((await Promise.race([waiting, pause(1500, "late")])) !== "late") continue;
            await barrier.wait(patience).catch(failure);
            if ((await Promise.race([waiting, pause(1500, "late")])) === "late")
              throw new Error("Left at the barrier.");
          }
          await barrier.reset();
          await Promise.all([barrier.wait(patience), barrier.wait(patience)]);
        };
      },
    },
  ],

  Queue: [
    "queue",
    {
      make: () => ({ queue: ctx.Queue(2) }),
      async live({ queue }, other) {
        await other.at(1);
        const drained = async (): Promise<void> => {
          while (!queue.empty()) checkItem(await queue.get(500));
        };
        /** The count may tell of an item that a dead process has taken, until somebody looks. */
        const drainedOfTheDead = (): Promise<void> =>
          drained().catch((error: unknown) => {
            if (!(error instanceof Empty)) throw error;
          });
        await until(() => other.isOver() || !queue.empty(), patience);
        if (!queue.empty()) checkItem(await queue.get(patience));
        await other.at(2);
        await drained();
        other.allow(2);
        await other.at(3);
        if (!other.isOver()) await queue.put({ n: 7, text: "777" }, patience);
        return async () => {
          await drainedOfTheDead();
          // What it was about to put may be there, whole.
          await queue.put({ n: 8, text: "8" }, patience);
          let last = (await queue.get(patience)) as Item;
          checkItem(last);
          if (last.n !== 8) last = (await queue.get(patience)) as Item;
          if (last.n !== 8) throw new Error("Another item than the one that was put.");
          for (let round = 0; round < 6; round++) {
            await queue.put({ n: round, text: String(round).repeat(5000) }, patience);
            const { n, text } = (await queue.get(patience)) as Item;
            if (n !== round || text.length !== 5000)
              throw new Error("Another item than the one that was put.");
          }
        };
      },
    },
  ],

  JoinableQueue: [
    "joinable",
    {
      make: () => ({ queue: ctx.JoinableQueue() }),
      async live({ queue }, other) {
        await other.at(1);
        const joined = queue.join(2 * patience);
        other.allow(1);
        await other.at(2);
        return async () => {
          for (;;) {
            while (!queue.empty()) await queue.get(100).catch(failure);
            try {
              await queue.taskDone();
            } catch {
              break;
            }
          }
          if (!(await Promise.race([joined, pause(patience, false)])))
            throw new Error("All is done, and nobody heard.");
          await queue.put(1, patience);
          await queue.get(patience);
          await queue.taskDone();
          if (!(await queue.join(patience))) throw new Error("All is done, and nobody heard.");
        };
      },
    },
  ],

  Pipe: [
    "pipe",
    {
      make: () => {
        const [here, connection] = ctx.Pipe();
        return { here, connection };
      },
      async live({ here, connection }, other) {
        await other.at(1);
        connection.close();
        if (!other.isOver()) await here.send(1);
        return async () => {
          for (;;) {
            const got = await Promise.race([here.recv().catch(failure), pause(patience, "late")]);
            if (got === "late") throw new Error("The pipe never ended.");
            if (got instanceof Error) break;
            checkItem(got);
          }
        };
      },
    },
  ],

  arena: [
    "arena",
    {
      make: () => {
        const buffer = SharedBuffer.allocate(5000);
        const ticket = [...(buffer as unknown as Record<symbol, () => Float64Array>)[reduce]!()];
        return { ticket, buffer };
      },
      async live({ buffer }) {
        const arena = Arena.own();
        const before = blocksInUse(arena);
        return async () => {
          arena.pollExits();
          // The first who comes in makes whole what the dead has left half done.
          arena.release(arena.allocate(1).hold);
          if (blocksInUse(arena) > before) throw new Error("What the dead process had was not given back.");
          const made = Array.from({ length: 20 }, (_, at) =>
            arena.allocate(at % 2 === 0 ? 2 ** 15 : 2 ** 19),
          );
          if (new Set(made.map(({ offset }) => offset)).size !== 20) throw new Error("Two blocks are one.");
          for (const { hold } of made) arena.release(hold);
          new Uint8Array(buffer)[4999] = 1;
        };
      },
    },
  ],
};
const reduce = Symbol.for("concurrent-futures.reduce");

/** Blocks of the sizes that only a life of `arena` makes, and whose serial number is odd; see `layout.ts` of the package. */
function blocksInUse({ members: { words }, file: { bytes } }: Arena): number {
  const { blocks } = layout.layoutOf(bytes);
  let inUse = 0;
  for (let block = 1; block <= (words[layout.usedBlockRecords] as number); block++) {
    const record = blocks + block * layout.blockWords;
    if (![15, 19, 26].includes(words[record + layout.blockClass] as number)) continue;
    inUse += (words[record + layout.blockSerial] as number) & 1;
  }
  return inUse;
}

interface ArenaLayout {
  readonly usedBlockRecords: number;
  readonly blockWords: number;
  readonly blockSerial: number;
  readonly blockClass: number;
  layoutOf(bytes: number): { readonly blocks: number };
}
const layout = (await import(join(arenaFolder, "layout.js"))) as ArenaLayout;

async function withProcess(
  name: string,
  diesWaiting: boolean,
  start: (life: string, progress: unknown, objects: unknown) => { job: keyof Jobs; args: unknown[] },
): Promise<number> {
  const { dieAt, passBy } = await loadJobs();
  const [life, survivor] = survivors[name]!;
  const objects = survivor.make();
  const progress = ctx.RawArray("i", 2);
  const { job, args } = start(life, progress, objects);
  const { here, buffer, ...theirs } = objects;
  void here;
  void buffer;
  const child = new ctx.Process({
    target: job === "dieAt" ? dieAt : passBy,
    args: args.map((arg) => (arg === objects ? theirs : arg)),
  });
  let isOver = false;
  child.start();
  const over = child.join().then(() => {
    isOver = true;
  });
  const words = progress.view as Int32Array;
  const check = await survivor.live(objects, {
    at: (step) => until(() => isOver || Atomics.load(words, 0) >= step, 2 * patience),
    allow: (step) => Atomics.store(words, 1, step),
    isOver: () => isOver,
    diesWaiting,
  });
  // A life that does not reach its place, or an end, hangs.
  const ended = await Promise.race([over.then(() => true), pause(2 * patience, false)]);
  if (!ended) child.kill();
  await over;
  if (!ended) throw new Error("The process hung before it came to the place.");
  await check();
  return child.exitcode as number;
}

/** Runs a life that ends at a place, and what must work after it. @returns whether it came there */
export async function survive(name: string, place: Place): Promise<boolean> {
  const exitcode = await withProcess(name, place.isWaiting === true, (life, progress, objects) => ({
    job: "dieAt",
    args: [life, place, waitsInLine(), progress, objects],
  }));
  if (exitcode !== -9 && exitcode !== 0) throw new Error(`The process ended with ${exitcode}.`);
  return exitcode === -9;
}

/** All places that a life passes. */
export async function placesOf(name: string): Promise<readonly (Place & { readonly passes: number })[]> {
  const result = ctx.SimpleQueue<string>();
  const exitcode = await withProcess(name, false, (life, progress, objects) => ({
    job: "passBy",
    args: [life, allRanges(), waitsInLine(), progress, objects, result],
  }));
  if (exitcode !== 0) throw new Error(`The process ended with ${exitcode}.`);
  const places = JSON.parse(await result.get()) as [string, number, number, number][];
  return places.map(([file, line, column, passes]) => ({ file, line, column, passes }));
}

/** The code at a place. */
export function codeAt({ file, line }: Place): string {
  return `${file.slice(file.lastIndexOf("/") + 1)}:${line + 1} ${(linesOf(file)[line] as string).trim()}`;
}
