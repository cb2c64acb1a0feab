import { SerializationError } from "@concurrent-futures/core";
import { getContext, type Pool } from "@concurrent-futures/multiprocessing";
import { ProcessPoolExecutor, share } from "@concurrent-futures/process";
import { afterAll, describe, expect, test } from "@jest/globals";
import {
  chain,
  keepLevels,
  keptLevels,
  levelsOf,
  putChain,
  sendChain,
  setChain,
  tellLevels,
} from "./fixtures/chains-of-objects.mjs";

/**
 * V8 writes and reads values by recursion, a worker's stack is longer than the main thread's, and Node drops a message that
 * cannot be read. So one limit holds wherever a value travels, and beyond it there is an error where the value is given.
 */

const allowed = 900;
/** Just too deep; what a worker can write and the main thread cannot read; what nobody can write. */
const refused = [1_100, 2_500, 20_000];

type Chain = ReturnType<typeof chain>;
type Context = ReturnType<typeof getContext>;

interface Target {
  readonly context: Context;
  readonly pool: Pool;
  readonly executor: ProcessPoolExecutor;
}

/** The levels of what came, or the error that its sender had in its place. */
function arrived(what: Chain | string): number {
  if (typeof what === "string") throw Object.assign(new Error("the sender's"), { name: what });
  return levelsOf(what);
}

/** Each way that a value takes. Each gives the levels that have arrived. */
const ways: Readonly<Record<string, (target: Target, levels: number) => Promise<unknown>>> = {
  "an argument": async ({ executor }, levels) => await executor.submit(levelsOf, chain(levels)),
  "a captured variable": async ({ executor }, levels) => {
    const captured = chain(levels);
    return await executor.submit(() => {
      let count = 0;
      for (let at: Chain = captured; at; at = at.next) count++;
      return count;
    });
  },
  "a result": async ({ executor }, levels) => levelsOf(await executor.submit(chain, levels)),
  "a nested call's result": async ({ executor }, levels) =>
    await executor.submit(
      async (inner: ProcessPoolExecutor, make: typeof chain, count: typeof levelsOf, wanted: number) =>
        count(await inner.submit(make, wanted)),
      executor,
      chain,
      levelsOf,
      levels,
    ),
  "a row": async ({ executor }, levels) => (await executor.map(levelsOf, [chain(levels)]).toArray())[0],
  "a row's result": async ({ executor }, levels) =>
    levelsOf((await executor.map(chain, [levels]).toArray())[0] as Chain),
  "a shared value": async ({ executor }, levels) =>
    await executor.submit(levelsOf, share({ next: chain(levels - 1) })),
  "an argument of a Pool": async ({ pool }, levels) => await pool.apply(levelsOf, [chain(levels)]),
  "a result of a Pool": async ({ pool }, levels) => levelsOf(await pool.apply(chain, [levels])),
  "a row's result of a Pool": async ({ pool }, levels) =>
    levelsOf((await pool.map(chain, [levels]))[0] as Chain),
  initargs: async ({ context }, levels) => {
    await using pool = new context.Pool({ processes: 1, initializer: keepLevels, initargs: [chain(levels)] });
    return await pool.apply(keptLevels);
  },
  "an argument of a Process": async ({ context }, levels) => {
    const answers = context.Queue<number>();
    const process = new context.Process({ target: tellLevels, args: [chain(levels), answers] });
    await process.start();
    await process.join();
    return await answers.get();
  },
  "an item of a queue": async ({ context }, levels) => {
    const queue = context.Queue<Chain>();
    await queue.put(chain(levels));
    return levelsOf(await queue.get());
  },
  "a Process's item of a queue": async ({ context }, levels) => {
    const queue = context.Queue<Chain>();
    const process = new context.Process({ target: putChain, args: [levels, queue] });
    await process.start();
    const item = await queue.get();
    await process.join();
    return arrived(item);
  },
  "a message of a pipe": async ({ context }, levels) => {
    const [one, other] = context.Pipe();
    await one.send(chain(levels));
    return levelsOf((await other.recv()) as Chain);
  },
  "a Process's message of a pipe": async ({ context }, levels) => {
    const [one, other] = context.Pipe();
    const process = new context.Process({ target: sendChain, args: [levels, other] });
    await process.start();
    const message = await one.recv();
    await process.join();
    return arrived(message as Chain | string);
  },
  "an argument to a manager": async ({ context }, levels) => {
    await using manager = await context.Manager();
    const dict = await manager.dict<string, Chain>();
    await dict.set("chain", chain(levels));
    return levelsOf((await dict.get("chain")) ?? null);
  },
  "a Process's argument to a manager": async ({ context }, levels) => {
    await using manager = await context.Manager();
    const dict = await manager.dict<string, Chain>();
    const process = new context.Process({ target: setChain, args: [levels, dict] });
    await process.start();
    await process.join();
    return arrived((await dict.get("chain")) ?? null);
  },
};

describe.each(["thread", "spawn"] as const)("a deep value, by %s", (name) => {
  const context = getContext(name);
  const executor = new ProcessPoolExecutor({ maxWorkers: 1, mpContext: name });
  const pool = new context.Pool(1);
  const target: Target = { context, executor, pool };
  afterAll(async () => {
    await executor.shutdown();
    await pool.terminate();
  });

  test.each(Object.keys(ways))("%s arrives, or is refused", async (way) => {
    const send = ways[way] as (target: Target, levels: number) => Promise<unknown>;
    await expect(send(target, allowed)).resolves.toBe(allowed);
    for (const levels of refused) {
      const error = await send(target, levels).then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect([levels, error?.name]).toEqual([
        levels,
        expect.stringMatching(/^(SerializationError|MaybeEncodingError)$/),
      ]);
    }
  });

  test("the worker has lived through all of that", async () => {
    expect(executor.stats().byWorker.length).toBe(1);
    await expect(executor.submit(levelsOf, chain(3))).resolves.toBe(3);
  });

  test("a list of nodes that name each other counts as deep as who follows them gets", async () => {
    const nodes = Array.from({ length: 5_000 }, (): { next: unknown } => ({ next: null }));
    nodes.forEach((node, at) => {
      node.next = nodes[at + 1] ?? null;
    });
    expect(() => executor.submit((list: unknown[]) => list.length, nodes)).toThrow(SerializationError);
    // Told from its end, each node is known when it is named: that is flat.
    await expect(executor.submit((list: unknown[]) => list.length, nodes.toReversed())).resolves.toBe(5_000);
  });

  test("a result that the stack of a blocked caller is too short for fails its call, and the pool goes on", async () => {
    await executor.submit(levelsOf, null);
    const future = executor.submit(chain, allowed);
    let frames = 0;
    const descend = (): void => {
      frames++;
      descend();
    };
    expect(descend).toThrow(RangeError);
    const waitAt = (depth: number): unknown => (depth === 0 ? future.resultSync() : waitAt(depth - 1));
    expect(() => waitAt(frames - 2_500)).toThrow(/Maximum call stack size exceeded/);
    await expect(executor.submit(levelsOf, chain(3))).resolves.toBe(3);
  });
});
