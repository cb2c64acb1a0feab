import { getContext, Manager, type SyncManager, wait } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { mul, sqr } from "./fixtures/pool-work.mjs";

/** Longer than Node's timers can be: each means what it says, and none "at once". */
const extremes = [2 ** 31, 30 * 24 * 3_600_000, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Infinity];

/** What waits, for each kind of wait, and what ends the wait. */
async function everyWait(make: SyncManager, timeout: number): Promise<[Promise<unknown>, () => unknown][]> {
  const lock = await make.Lock();
  const semaphore = await make.Semaphore(0);
  const event = await make.Event();
  const queue = await make.Queue<string>(1);
  const full = await make.Queue<string>(1);
  await full.put("first");
  const joined = await make.JoinableQueue<string>();
  await joined.put("item");
  const barrier = await make.Barrier(2);
  const condition = await make.Condition(await make.Lock());
  await lock.acquire();
  const notified = (async () => {
    await condition.acquire();
    const told = await condition.wait(timeout);
    await condition.release();
    return told;
  })();
  return [
    [lock.acquire(timeout), () => lock.release()],
    [semaphore.acquire(timeout), () => semaphore.release()],
    [event.wait(timeout), () => event.set()],
    [queue.get(timeout), () => queue.put("item")],
    [Promise.resolve(full.put("second", timeout)), () => full.get()],
    [joined.join(timeout), async () => [await joined.get(), await joined.taskDone()]],
    [barrier.wait(timeout), () => barrier.wait()],
    [notified, () => condition.run(() => condition.notify())],
  ];
}

describe.each(["thread", "spawn", "manager"] as const)("objects of %s", (kind) => {
  test("wait for a timeout of any length", async () => {
    const manager = kind === "manager" ? await Manager() : undefined;
    const make = manager ?? (getContext(kind as "thread" | "spawn") as unknown as SyncManager);
    for (const timeout of extremes) {
      const waits = await everyWait(make, timeout);
      let over = 0;
      for (const [promise] of waits)
        promise.then(
          () => over++,
          () => over++,
        );
      // Two timers of Node's: one that overflows is due before them.
      // biome-ignore lint/style/noRestrictedGlobals: timers of Node are what is tested.
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
      expect([timeout, over]).toEqual([timeout, 0]);
      for (const [, end] of waits) await end();
      await until(() => over === waits.length);
      await Promise.all(waits.map(([promise]) => promise));
    }
    await manager?.shutdown();
  });
});

/** What became of a wait: an error's name, or what it gave. */
const outcome = (start: () => unknown): Promise<unknown> =>
  (async () => await start())().catch((error: Error) => error.name);

/** The waits of {@link everyWait} alone, which nobody ends; with what each gives when its time is up. */
async function idleWaits(make: SyncManager): Promise<[string, (timeout: number) => unknown, unknown][]> {
  const lock = await make.Lock();
  await lock.acquire();
  const semaphore = await make.Semaphore(0);
  const event = await make.Event();
  const queue = await make.Queue<string>(1);
  const full = await make.Queue<string>(1);
  await full.put("first");
  const joined = await make.JoinableQueue<string>();
  await joined.put("item");
  const condition = await make.Condition(await make.Lock());
  // One for each timeout: a wait that is late breaks its barrier.
  const barriers = [
    await make.Barrier(2),
    await make.Barrier(2),
    await make.Barrier(2),
    await make.Barrier(2),
  ];
  return [
    ["lock", (timeout) => lock.acquire(timeout), false],
    ["semaphore", (timeout) => semaphore.acquire(timeout), false],
    ["event", (timeout) => event.wait(timeout), false],
    ["get", (timeout) => queue.get(timeout), "Empty"],
    ["put", (timeout) => full.put("second", timeout), "Full"],
    ["join", (timeout) => joined.join(timeout), false],
    ["condition", (timeout) => condition.run(() => condition.wait(timeout)), false],
    ["barrier", (timeout) => barriers.pop()?.wait(timeout), "BrokenBarrierError"],
  ];
}

describe.each(["thread", "spawn", "manager"] as const)("objects of %s", (kind) => {
  test("take a timeout of less than nothing for none, and refuse what is no number", async () => {
    const manager = kind === "manager" ? await Manager() : undefined;
    const make = manager ?? (getContext(kind as "thread" | "spawn") as unknown as SyncManager);
    for (const [name, start, late] of await idleWaits(make)) {
      expect([name, await outcome(() => start(Number.NaN))]).toEqual([name, "ValueError"]);
      expect([name, await outcome(() => start("5" as unknown as number))]).toEqual([
        name,
        "ArgumentTypeError",
      ]);
      for (const timeout of [-1, -Infinity]) {
        expect([name, timeout, await outcome(() => start(timeout))]).toEqual([name, timeout, late]);
      }
    }
    await manager?.shutdown();
  });
});

describe.each(["thread", "spawn"] as const)("pools, processes and pipes of %s", (method) => {
  const { Pool, Process, Pipe } = getContext(method);

  test("wait for a timeout of any length", async () => {
    await using pool = new Pool(2);
    for (const timeout of extremes) {
      expect(await pool.applyAsync(mul, [1, 3]).get(timeout)).toBe(3);
      expect(pool.applyAsync(mul, [1, 3]).getSync(timeout)).toBe(3);
      await pool.applyAsync(mul, [1, 3]).wait(timeout);
      expect((await pool.imap(sqr, [2]).next(timeout)).value).toBe(4);
    }
    const children = extremes.map(() => new Process({ target: () => {} }));
    for (const child of children) child.start();
    await Promise.all(children.map((child, at) => child.join(extremes[at])));
    expect(children.map((child) => child.exitcode)).toEqual(extremes.map(() => 0));
    const [reader, writer] = Pipe(false);
    const polls = extremes.flatMap((timeout) => [
      reader.poll(timeout),
      wait([reader], timeout).then((ready) => ready.length === 1),
    ]);
    // biome-ignore lint/style/noRestrictedGlobals: timers of Node are what is tested.
    await new Promise((resolve) => setTimeout(resolve, 5));
    await writer.send("item");
    expect(await Promise.all(polls)).toEqual(polls.map(() => true));
    reader.close();
    writer.close();
  });

  test("take a timeout of less than nothing for none, and refuse what is no number", async () => {
    await using pool = new Pool(1);
    const [reader, writer] = Pipe(false);
    const event = getContext(method).Event();
    const child = new Process({ target: () => event.wait() });
    child.start();
    const running = pool.applyAsync(() => event.wait());
    const results = pool.imap(() => event.wait(), [1]);
    const waits: [string, (timeout: number) => unknown, unknown][] = [
      ["get", (timeout) => running.get(timeout), "TimeoutError"],
      ["getSync", (timeout) => running.getSync(timeout), "TimeoutError"],
      ["wait of a result", (timeout) => running.wait(timeout), undefined],
      ["next", (timeout) => results.next(timeout), "TimeoutError"],
      ["poll", (timeout) => reader.poll(timeout), false],
      ["wait", (timeout) => wait([reader], timeout), []],
      ["join", (timeout) => child.join(timeout), undefined],
    ];
    for (const [name, start, late] of waits) {
      expect([name, await outcome(() => start(Number.NaN))]).toEqual([name, "ValueError"]);
      for (const timeout of [-1, -Infinity]) {
        expect([name, timeout, await outcome(() => start(timeout))]).toEqual([name, timeout, late]);
      }
    }
    await event.set();
    await child.join();
    reader.close();
    writer.close();
  });
});
