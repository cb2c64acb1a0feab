import { ArgumentTypeError, SerializationError, ValueError } from "@concurrent-futures/core";
import { Manager, MaybeEncodingError, Pool } from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

let pool: Pool;
beforeAll(() => {
  pool = new Pool(1);
});
afterAll(async () => {
  pool.terminate();
  await pool.join();
});

describe("a wrong call of a pool is refused where it is made", () => {
  test.each([
    ["arguments that are no array", () => pool.apply(Math.abs as never, 5 as never), ArgumentTypeError],
    ["arguments that are a text", () => pool.applySync(Math.max as never, "ab" as never), ArgumentTypeError],
    ["more than the arguments", () => (pool.apply as Function)(Math.max, [1], { b: 2 }), ArgumentTypeError],
    ["more than callbacks", () => (pool.applyAsync as Function)(Math.max, [1], {}, 1), ArgumentTypeError],
    ["an unknown callback", () => pool.applyAsync(Math.random, [], { calback: 1 } as never), ValueError],
    ["an unknown option", () => pool.mapAsync(Math.abs, [1], { chunkSize: 1 } as never), ValueError],
    ["an unknown option of map", () => pool.map(Math.abs, [1], { chunkSize: 1 } as never), ValueError],
    ["a chunk of none", () => pool.map(Math.abs, [1], 0), ValueError],
    [
      "positional arguments of the constructor",
      () => new (Pool as unknown as new (...a: unknown[]) => Pool)(2, Math.abs),
      ArgumentTypeError,
    ],
  ])("%s", (_what, call, Class) => {
    // `this` is the pool.
    expect(call.bind(pool)).toThrow(Class);
  });

  test("chunks are a number or an option", async () => {
    expect(await pool.map(Math.abs, [-1, -2, -3], { chunksize: 2 })).toEqual([1, 2, 3]);
    expect(pool.starmapSync(Math.max, [[1, 2]], 1)).toEqual([2]);
  });

  test("an argument that cannot be sent is no MaybeEncodingError, a result that cannot is one", async () => {
    const argument = pool.map((value: unknown) => value, [1, new WeakMap()]);
    await expect(argument).rejects.toBeInstanceOf(SerializationError);
    await expect(argument).rejects.not.toBeInstanceOf(MaybeEncodingError);
    await expect(pool.apply(() => new WeakMap())).rejects.toBeInstanceOf(MaybeEncodingError);
  });

  test("a manager's pool takes the same options, checked in the server", async () => {
    await using manager = await Manager();
    const managed = await manager.Pool({ processes: 1, maxtasksperchild: 1 });
    expect(await managed.apply((n: number) => n + 1, [0])).toBe(1);
    await expect(manager.Pool({ processes: 0 })).rejects.toThrow(ValueError);
    await managed.terminate();
  });
});
