import { type BarrierProxy, BrokenBarrierError, type SyncManager } from "@concurrent-futures/multiprocessing";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { attempt, type Backend, otherManager, type SuiteWorker } from "../fixtures/backends.ts";

/** CPython's tests of barriers, by their names, on barriers in a server: all parties but one are processes. */

const parties = 4;

async function waiters(barrier: BarrierProxy, count: number): Promise<void> {
  const end = performance.now() + 10_000;
  while ((await barrier.nWaiting) !== count) {
    if (performance.now() > end) throw new Error(`never ${count} waiters`);
  }
}

/** The tests of CPython, by their names, and ours, for one back end. */
export function describeBarriers({ name: kind, make, startWorkers }: Backend): void {
  let workers: SuiteWorker[];
  let others: SyncManager;
  beforeAll(async () => {
    workers = await startWorkers(3);
    others = await otherManager();
  });

  const makeBarrier = async (
    size: number = parties,
    action?: () => unknown,
    timeout?: number,
  ): Promise<BarrierProxy> => (await make()).Barrier(size, action, timeout);
  const named = (method: string, text: string): string => `${method} [${kind}]: ${text}`;

  /** The processes wait, one of them blocked. */
  const theirs = (barrier: BarrierProxy): Promise<unknown>[] =>
    workers.map((worker, at) => worker.run("call", barrier, at === 0 ? "waitSync" : "wait"));

  /** All parties wait: this thread and the processes. */
  const everyone = (barrier: BarrierProxy): Promise<unknown[]> =>
    Promise.all([...theirs(barrier), barrier.wait()]);

  const allBroken = async (results: Promise<unknown>[]): Promise<void> => {
    for (const result of await Promise.allSettled(results)) {
      expect((result as PromiseRejectedResult).reason).toBeInstanceOf(BrokenBarrierError);
    }
  };

  async function cycles(count: number): Promise<void> {
    const { lockstep } = (await import("../fixtures/served-jobs.mjs" as string)) as {
      lockstep: (...args: unknown[]) => Promise<boolean>;
    };
    const barrier = await makeBarrier();
    const counts = await others.dict<number, number>([0, 1, 2].map((slot) => [slot, 0] as const));
    const args = [barrier, counts, count];
    const inStep = workers.map((worker) => worker.run("lockstep", ...args));
    expect(await Promise.all([...inStep, lockstep(...args)])).toEqual(new Array(parties).fill(true));
  }

  describe("_TestBarrier", () => {
    test(named("test_barrier", "all parties pass in lockstep"), () => cycles(1));
    test(named("test_barrier_10", "ten times in a row"), () => cycles(10));
    test(named("test_thousand", "a thousand times"), () => cycles(1000));

    test(named("test_wait_return", "each gets an index, exactly one gets 0"), async () => {
      const barrier = await makeBarrier();
      expect((await everyone(barrier)).sort()).toEqual([0, 1, 2, 3]);
      expect([await barrier.nWaiting, await barrier.parties]).toEqual([0, parties]);
      expect(await barrier.broken).toBe(false);
    });

    test(named("test_action", "the action runs once per cycle, before anyone goes on"), async () => {
      const runs = await others.list<number>();
      const barrier = await makeBarrier(parties, () => runs.append(1));
      const seen = await Promise.all([
        ...workers.map(async (worker) => {
          await worker.run("call", barrier, "wait");
          return await runs.length();
        }),
        barrier.wait().then(() => runs.length()),
      ]);
      expect(seen).toEqual(new Array(parties).fill(1));
      await Promise.all([...workers.map((worker) => worker.run("call", barrier, "wait")), barrier.wait()]);
      expect(await runs.length()).toBe(2);
    });

    test(named("test_action", "it runs where the last has arrived, blocked or not"), async () => {
      const runs = await others.list<number>();
      const barrier = await makeBarrier(2, () => runs.appendSync(process.pid));
      for (const method of ["wait", "waitSync"]) {
        const mine = barrier.wait();
        await waiters(barrier, 1);
        expect(await workers[0]!.run("call", barrier, method)).toBe(1);
        expect(await mine).toBe(0);
      }
      expect(await runs.toArray()).toEqual(new Array(2).fill(workers[0]!.pid));
    });

    test(`an action that throws breaks the barrier; its own error goes to who ran it [${kind}]`, async () => {
      const barrier = await makeBarrier(2, () => {
        throw new RangeError("no");
      });
      const results = await Promise.allSettled([barrier.wait(), workers[0]!.run("call", barrier, "wait")]);
      const names = results.map((result) => (result as PromiseRejectedResult).reason.name).sort();
      expect(names).toEqual(["BrokenBarrierError", "RangeError"]);
      expect(await barrier.broken).toBe(true);
    });

    test(
      named("test_abort", "who waits gets BrokenBarrierError, and so do those who come later"),
      async () => {
        const barrier = await makeBarrier();
        const waiting = theirs(barrier);
        await waiters(barrier, 3);
        await barrier.abort();
        await allBroken(waiting);
        expect(await barrier.broken).toBe(true);
        await expect(attempt(() => barrier.wait())).rejects.toThrow(BrokenBarrierError);
        expect(() => barrier.waitSync()).toThrow(BrokenBarrierError);
      },
    );

    test(named("test_reset", "who waits gets BrokenBarrierError, then it works again"), async () => {
      const barrier = await makeBarrier();
      const waiting = theirs(barrier);
      await waiters(barrier, 3);
      barrier.resetSync();
      await allBroken(waiting);
      expect(await barrier.broken).toBe(false);
      expect((await everyone(barrier)).length).toBe(parties);
    });

    test(named("test_abort_and_reset", "a broken barrier can be used after reset"), async () => {
      const barrier = await makeBarrier();
      barrier.abortSync();
      await expect(attempt(() => barrier.wait())).rejects.toThrow(BrokenBarrierError);
      await barrier.reset();
      expect((await everyone(barrier)).length).toBe(parties);
    });

    test(named("test_timeout", "one wait that gives up breaks it for everybody"), async () => {
      const barrier = await makeBarrier();
      const waiting = workers.slice(1).map((worker) => worker.run("call", barrier, "wait"));
      await waiters(barrier, 2);
      await expect(workers[0]!.run("call", barrier, "waitSync", 30)).rejects.toThrow(BrokenBarrierError);
      await allBroken(waiting);
    });

    test(named("test_default_timeout", "the barrier's own timeout is used"), async () => {
      const barrier = await makeBarrier(2, undefined, 30);
      await expect(attempt(() => barrier.wait())).rejects.toThrow(BrokenBarrierError);
      expect(await barrier.broken).toBe(true);
    });

    test(named("test_single_thread", "a barrier of one lets pass at once"), async () => {
      const barrier = await makeBarrier(1);
      expect(await barrier.wait()).toBe(0);
      expect(barrier.waitSync()).toBe(0);
    });
  });
}
