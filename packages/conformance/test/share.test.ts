import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { move, SerializationError, share } from "concurrent-futures";
import * as mp from "concurrent-futures/multiprocessing";
import { Point } from "./fixtures/point.mjs";
import { processPools } from "./support/subjects.ts";

const length = (array: Float64Array): number => array.length;

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(processPools)("share on $name", ({ name, create }) => {
  test("works as an argument, inside plain data, in rows of maps, and captured", async () => {
    const executor = create({ maxWorkers: 1 });
    using table = share(new Float64Array([1, 2, 3]));
    expect(await executor.submit(length, table)).toBe(3);
    expect(await executor.submit((it: { at: Float64Array[] }) => it.at[0]?.[1], { at: [table] })).toBe(2);
    expect(await executor.submit(() => table[2])).toBe(3);
    const at = (array: Float64Array, n: number): number | undefined => array[n];
    expect(await executor.map(at, [table, table, table], [0, 1, 2]).toArray()).toEqual([1, 2, 3]);
    expect(await executor.map((n: number) => table[n], [2, 1, 0]).toArray()).toEqual([3, 2, 1]);
    expect(executor.stats().shared).toEqual({ values: 1, bytes: expect.any(Number), sent: 1 });
  });

  test("a value goes to each worker once", async () => {
    const executor = create({ maxWorkers: 2 });
    using table = share(new Float64Array(100_000));
    await executor.map(length, new Array(50).fill(table), { chunksize: 1 }).toArray();
    const { values, bytes, sent } = executor.stats().shared;
    expect(values).toBe(1);
    expect(bytes).toBeGreaterThanOrEqual(800_000);
    expect(sent).toBeLessThanOrEqual(2);
  });

  test("whatever travels can be shared: classes, errors, functions, buffers, cycles", async () => {
    const executor = create({ maxWorkers: 1 });
    const given = {
      point: new Point(4),
      error: new RangeError("x"),
      bytes: Buffer.from("hey"),
      self: {} as unknown,
    };
    given.self = given;
    using it = share(given);
    const look = (got: typeof given): unknown[] => [
      got.point.double(),
      got.error.message,
      got.bytes.toString(),
      got.self === got,
    ];
    expect(await executor.submit(look, it)).toEqual([8, "x", "hey", true]);
    using twice = share((n: number) => n * 2);
    expect(await executor.submit((fn: (n: number) => number) => fn(4), twice)).toBe(8);
  });

  test("its typed arrays are memory that threads share", async () => {
    const executor = create({ maxWorkers: 2 });
    using it = share({ deep: [new Uint8Array([7])] });
    const kind = await executor.submit(
      ({ deep }: { deep: Uint8Array[] }) => deep[0]?.buffer.constructor.name,
      it,
    );
    expect(kind).toBe(name.endsWith("thread") ? "SharedArrayBuffer" : "ArrayBuffer");
  });

  test("it is as it was when it was shared", async () => {
    const executor = create({ maxWorkers: 1 });
    const given = { list: [1], array: new Uint8Array([1]) };
    using it = share(given);
    given.list.push(2);
    given.array[0] = 2;
    expect(await executor.submit((got: typeof given) => [...got.list, ...got.array], it)).toEqual([1, 1]);
  });

  test("several pools have it, and a worker that replaces another gets it too", async () => {
    const executors = [create({ maxWorkers: 1, maxTasksPerChild: 1 }), create({ maxWorkers: 1 })];
    using table = share(new Float64Array(3));
    for (const executor of executors) {
      expect(await executor.submit(length, table)).toBe(3);
      expect(await executor.submit(length, table)).toBe(3);
    }
    expect(executors.map((executor) => executor.stats().shared.sent)).toEqual([2, 1]);
  });

  test("an initializer can have it", async () => {
    using table = share(new Float64Array([5]));
    const keep = (array: Float64Array): void => {
      (globalThis as { kept?: Float64Array }).kept = array;
    };
    const executor = create({ maxWorkers: 1, initializer: keep, initargs: [table] });
    expect(await executor.submit(() => (globalThis as { kept?: Float64Array }).kept?.[0])).toBe(5);
  });

  test("calls that were submitted before it is disposed keep it, later ones are refused", async () => {
    const executor = create({ maxWorkers: 1 });
    const table = share(new Float64Array(3));
    const before = [executor.submit(length, table), executor.submit(length, table)];
    table[Symbol.dispose]();
    table[Symbol.dispose]();
    expect(await Promise.all(before)).toEqual([3, 3]);
    expect(() => executor.submit(length, table)).toThrow(SerializationError);
    expect(() => executor.submit(() => table.length)).toThrow(SerializationError);
    expect(executor.stats().shared).toMatchObject({ values: 0, bytes: 0 });
  });

  test("workers let go of what is disposed", async () => {
    const executor = create({ maxWorkers: 1 });
    const table = share(new Float64Array(3));
    await executor.submit(length, table);
    const count = (): number =>
      (globalThis as unknown as Record<symbol, Map<string, unknown>>)[
        Symbol.for("concurrent-futures.shared-values.1")
      ]!.size;
    expect(await executor.submit(count)).toBe(1);
    table[Symbol.dispose]();
    expect(await executor.submit(count)).toBe(0);
  });

  test("what cannot be sent is refused at the submit", () => {
    const executor = create({ maxWorkers: 1 });
    using it = share({ weak: new WeakMap() });
    expect(() => executor.submit((given: object) => typeof given, it)).toThrow(/weak/);
  });

  test("another attempt has it", async () => {
    const view = create({ maxWorkers: 1 }).withOptions({ retries: 1 });
    using table = share(new Float64Array(3));
    const call = async (array: Float64Array): Promise<number> => {
      const { currentTask } = await import("concurrent-futures");
      if (currentTask()?.attempt === 1) process.exit(1);
      return array.length;
    };
    expect(await view.submit(call, table)).toBe(3);
  });

  test("the same large object sent for the tenth time warns, once, with the way out", async () => {
    const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    const executor = create({ maxWorkers: 1 });
    const argument = { rows: new Float64Array(200_000) };
    const inRows = new Float64Array(200_000);
    const captured = new Array<number>(200_000).fill(1);
    const moved = (): Float64Array => move(new Float64Array(200_000));
    for (let n = 0; n < 9; n++) await executor.submit((it: typeof argument) => it.rows.length, argument);
    expect(warned).not.toHaveBeenCalled();
    for (let n = 0; n < 12; n++) await executor.submit((it: typeof argument) => it.rows.length, argument);
    expect(warned).toHaveBeenCalledTimes(1);
    await executor.map(length, new Array(12).fill(inRows)).toArray();
    expect(warned).toHaveBeenCalledTimes(2);
    for (let n = 0; n < 12; n++) await executor.submit(() => captured.length);
    expect(warned).toHaveBeenCalledTimes(3);
    for (let n = 0; n < 12; n++) await executor.submit(length, moved());
    for (let n = 0; n < 12; n++)
      await executor.submit((it: number[]) => it.length, new Array<number>(1_000).fill(1));
    expect(warned).toHaveBeenCalledTimes(3);
    expect(warned.mock.calls[0]).toEqual([
      expect.stringMatching(/1\.6 MB.*share\(\)/),
      { type: "PerformanceWarning", code: "CF_SENT_AGAIN" },
    ]);
  });
});

describe("share", () => {
  test("is refused where no pool takes it along", async () => {
    using table = share(new Float64Array(3));
    const queue = new mp.Queue<Float64Array>();
    await expect(async () => queue.put(table)).rejects.toThrow(SerializationError);
    queue.close();
  });

  test("works with multiprocessing's Pool", async () => {
    await using pool = new mp.Pool(1);
    using table = share(new Float64Array(3));
    expect(await pool.map(length, [table, table])).toEqual([3, 3]);
  });
});
