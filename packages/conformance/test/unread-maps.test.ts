import { describe, expect, test } from "@jest/globals";
import { RuntimeError } from "concurrent-futures";
import * as mp from "concurrent-futures/multiprocessing";
import { failAt } from "./fixtures/settled.mjs";
import { executors } from "./support/subjects.ts";

/** What became of an input: how much of it was read, and whether it was told that nobody wants more. */
interface Log {
  pulled: number;
  closed: boolean;
}

function* numbers(log: Log, length = Number.POSITIVE_INFINITY): Generator<number> {
  try {
    while (log.pulled < length) {
      log.pulled++;
      yield 1;
    }
  } finally {
    log.closed = true;
  }
}

/** Gives one number, and no answer to who asks for the next. */
async function* stuck(): AsyncGenerator<number> {
  yield 1;
  await new Promise(() => {});
}

/** How many results a map still gives, and how it ends. */
async function rest(results: AsyncIterable<unknown>): Promise<[count: number, end: unknown]> {
  let count = 0;
  try {
    for await (const _ of results) count++;
    return [count, "done"];
  } catch (error) {
    return [count, error];
  }
}

describe.each(executors)("a map that is not read to its end when $name is shut down", ({ create }) => {
  test.each(["map", "mapUnordered"] as const)(
    "%s: gives what has been read of the input, and then says why it ends",
    async (kind) => {
      const executor = create();
      const log = { pulled: 0, closed: false };
      const results = executor[kind](failAt, numbers(log), { buffersize: 10 });
      expect((await results.next()).value).toBe(2);
      await executor.shutdown();
      const [count, error] = await rest(results);
      expect(error).toBeInstanceOf(RuntimeError);
      expect((error as Error).message).toBe("cannot schedule new futures after shutdown");
      expect(count).toBeGreaterThanOrEqual(9);
      expect(count).toBeLessThanOrEqual(10);
      expect(log.pulled).toBeLessThanOrEqual(12);
      expect(log.closed).toBe(true);
    },
  );

  test("ends well where the input had no more to give", async () => {
    const executor = create();
    const results = executor.map(failAt, numbers({ pulled: 0, closed: false }, 10), { buffersize: 10 });
    await executor.shutdown();
    expect(await rest(results)).toEqual([10, "done"]);
  });

  test("does not hold up the shutdown by an input that gives no answer", async () => {
    const executor = create();
    const results = executor.map(failAt, stuck());
    expect((await results.next()).value).toBe(2);
    await executor.shutdown();
    void results.return?.();
  });
});

/** More than any pool reads ahead of its reader. */
const many = 3_000;

describe.each(["thread", "spawn", "event loop"] as const)("an imap that nobody reads [%s]", (kind) => {
  const create = (): mp.Pool | mp.ThreadPool =>
    kind === "event loop" ? new mp.ThreadPool(2) : new mp.Pool({ processes: 2, context: kind });

  test.each(["imap", "imapUnordered"] as const)(
    "%s: does all of its calls before join() resolves, as in Python",
    async (method) => {
      const pool = create();
      const results = pool[method](failAt, new Array<number>(many).fill(1));
      pool.close();
      await pool.join();
      expect(results.stats()).toEqual({ done: many, failed: 0, read: 0, total: many });
      expect(await rest(results)).toEqual([many, "done"]);
    },
  );

  test("is read on by a loop after close(), no faster than its reader takes", async () => {
    const pool = create();
    const log = { pulled: 0, closed: false };
    const results = pool.imap(failAt, numbers(log));
    pool.close();
    for (let seen = 1; seen <= many; seen++) {
      expect((await results.next()).value).toBe(2);
      expect(log.pulled).toBeLessThanOrEqual(seen + 512);
    }
    await results.return();
    expect(log.closed).toBe(true);
    await pool.join();
  });
});
