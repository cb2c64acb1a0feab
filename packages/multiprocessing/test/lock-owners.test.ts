import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import {
  type Acquirable,
  AssertionError,
  Condition,
  getContext,
  Lock,
  Manager,
  Queue,
  RLock,
  Semaphore,
  TimeoutError,
  Value,
} from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("owners in one thread", () => {
  test("two run() calls side by side exclude each other, with Lock and RLock", async () => {
    for (const lock of [new Lock(), new RLock(), new Condition()]) {
      let inside = 0;
      let most = 0;
      const step = async (): Promise<void> => {
        most = Math.max(most, ++inside);
        await turn();
        inside--;
      };
      await Promise.all([lock.run(step), lock.run(step), lock.run(step)]);
      expect(most).toBe(1);
    }
  });

  test("an RLock can be taken again inside run(), and below a bare acquire()", async () => {
    const lock = new RLock();
    const deeper = async (): Promise<string> => {
      await turn();
      return lock.run(() => "deep");
    };
    expect(await lock.run(() => lock.run(deeper))).toBe("deep");
    await lock.acquire();
    expect(await lock.run(() => lock.acquireSync())).toBe(true);
    lock.release();
    lock.release();
    expect(lock.locked()).toBe(false);
  });

  test.each(["acquire", "guard", "acquire, later"] as const)(
    "handlers that hold by a bare %s exclude each other, with all that is recursive, of each kind",
    async (how) => {
      await using manager = await Manager();
      const spawn = getContext("spawn");
      const locks: Acquirable[] = [
        new RLock(),
        new Condition(),
        Value("i", 0),
        spawn.RLock(),
        spawn.Condition(),
        await manager.RLock(),
        await manager.Condition(),
      ];
      for (const lock of locks) {
        let inside = 0;
        let most = 0;
        const handler = async (): Promise<void> => {
          if (how === "acquire, later") await turn();
          const guard = how === "guard" ? await lock.guard() : undefined;
          if (guard === undefined) await lock.acquire();
          most = Math.max(most, ++inside);
          await turn();
          inside--;
          await (guard ?? lock).release();
        };
        await Promise.all([handler(), handler(), handler()]);
        expect(most).toBe(1);
      }
    },
  );

  test("a handler that holds an RLock by a bare acquire can acquire it again", async () => {
    for (const lock of [new RLock(), getContext("spawn").RLock()]) {
      const handler = async (): Promise<void> => {
        await lock.acquire();
        await turn();
        expect([await lock.acquire(0), lock.acquireSync(0)]).toEqual([true, true]);
        for (let n = 0; n < 3; n++) await lock.release();
      };
      await Promise.all([handler(), handler()]);
      expect(lock.locked()).toBe(false);
    }
  });

  test("what one owner holds another cannot release", async () => {
    const lock = new RLock();
    const holding = lock.run(async () => {
      await turn();
      await turn();
    });
    expect(() => lock.release()).toThrow(AssertionError);
    expect(await lock.acquire(0)).toBe(false);
    await holding;
    expect(lock.locked()).toBe(false);
  });

  test("those who wait get a lock in the order in which they came", async () => {
    const lock = new Lock();
    await lock.acquire();
    const order: number[] = [];
    const waiting = [1, 2, 3, 4].map((who) => lock.run(() => order.push(who)));
    lock.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  test("a thousand callers can wait at once", async () => {
    const semaphore = new Semaphore(0);
    const waiting = Array.from({ length: 1000 }, () => semaphore.acquire());
    for (let i = 0; i < 1000; i++) semaphore.release();
    expect((await Promise.all(waiting)).every(Boolean)).toBe(true);
    expect(semaphore.getValue()).toBe(0);
  });

  test("run() releases when the function throws; guard() gives up with a TimeoutError", async () => {
    const lock = new Lock();
    await expect(lock.run(() => Promise.reject(new RangeError("no")))).rejects.toThrow(RangeError);
    expect(lock.locked()).toBe(false);
    await lock.acquire();
    await expect(lock.guard(10)).rejects.toThrow(TimeoutError);
    expect(() => lock.guardSync(10)).toThrow("10 ms");
    lock.release();
    expect(Value("i", 3).runSync(() => 5)).toBe(5);
  });
});

describe("arguments", () => {
  test("wrong ones are refused at the call", () => {
    expect(() => new Semaphore(-1)).toThrow(ValueError);
    expect(() => new Semaphore("1" as never)).toThrow(ArgumentTypeError);
    expect(() => new Lock().acquire("1" as never)).toThrow(ArgumentTypeError);
    expect(() => new Lock().acquire(Number.NaN)).toThrow(ValueError);
    expect(() => new Queue("1" as never)).toThrow(ArgumentTypeError);
    expect(() => new Condition({} as never)).toThrow(ArgumentTypeError);
  });
});

describe("a process", () => {
  test("stays alive while a caller waits, and ends when none does", async () => {
    const script = fileURLToPath(new URL("./fixtures/waits-for-a-lock.mjs", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 });
    expect(stdout.trim()).toBe("got it after the worker let go");
  });
});
