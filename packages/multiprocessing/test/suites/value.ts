import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import * as mp from "@concurrent-futures/multiprocessing";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { ContextBackend, SuiteWorker } from "../fixtures/backends.ts";

/** CPython's tests of shared values and arrays, by their names, for one kind of memory; the child is a worker. */

const codes = [
  ["i", 4343, 24234],
  ["d", 3.625, -4.25],
  ["h", -232, 234],
  ["q", 2n ** 33n, 2n ** 34n],
  // C's long, as on Linux and macOS: it must not be cut off.
  ["l", 2n ** 40n, -(2n ** 40n)],
  ["L", 2n ** 40n, 2n ** 63n],
  ["c", "x", "y"],
  ["u", "€", "\u{1f600}"],
] as const;

const sequence = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];
const summed = sequence.map((_, index) => sequence.slice(0, index + 1).reduce((a, b) => a + b));

export function describeValues({ name: kind, context, startWorkers }: ContextBackend): void {
  let workers: SuiteWorker[];
  beforeAll(async () => {
    workers = await startWorkers(2);
  });

  const ctx = context as mp.SpawnContext;
  const child = (job: string, ...args: unknown[]) => (workers[0] as SuiteWorker).run(job, ...args);
  const named = (method: string, text: string): string => `${method} [${kind}]: ${text}`;

  describe("_TestValue", () => {
    test(named("test_value", "each type keeps its value, and a child's change is seen"), async () => {
      for (const [code, first, second] of codes) {
        const value = ctx.Value(code, first as never);
        expect([value.typecode, value.value]).toEqual([code, first]);
        await child("setValue", value, second);
        expect(value.value).toBe(second);
      }
    });

    test(named("test_rawvalue", "the same without a lock"), async () => {
      for (const [code, first, second] of codes) {
        const value = new ctx.RawValue(code, first as never);
        expect(value.value).toBe(first);
        await child("setValue", value, second);
        expect(value.value).toBe(second);
        expect("getLock" in value).toBe(false);
      }
    });

    test(named("test_getobj_getlock", "the lock is made, taken or left out; others are refused"), () => {
      for (const options of [undefined, { lock: undefined }, { lock: true }]) {
        const value = ctx.Value("i", 5, options);
        expect(value.getLock()).toBeInstanceOf(mp.RLock);
        expect(value.getObj().value).toBe(5);
      }
      const lock = new ctx.Lock();
      expect(ctx.Value("i", 5, { lock }).getLock()).toBe(lock);
      const raw = ctx.Value("i", 5, { lock: false });
      expect("getLock" in raw || "getObj" in raw).toBe(false);
      expect(() => ctx.Value("i", 5, { lock: "notalock" as never })).toThrow(ArgumentTypeError);
    });

    test(`integers wrap around as C's do [${kind}]`, () => {
      const value = ctx.Value("i", 2 ** 31 - 1);
      value.value += 1;
      expect(value.value).toBe(-(2 ** 31));
      expect(ctx.Value("B", 257).value).toBe(1);
      expect(ctx.Value("b", 128).value).toBe(-128);
      expect(ctx.Value("H", -1).value).toBe(65535);
      expect(ctx.Value("Q", -1n).value).toBe(2n ** 64n - 1n);
      expect(() => ctx.Value("i", 1.5)).toThrow(ArgumentTypeError);
      expect(() => ctx.Value("z" as never)).toThrow(ValueError);
    });

    test(`workers add to it under its lock, and lose nothing [${kind}]`, async () => {
      const value = ctx.Value("i", 0);
      const theirs = workers.map((worker) => worker.run("addUnderLock", value, 200));
      for (let i = 0; i < 100; i++) {
        await value.run(() => {
          value.value += 1;
        });
      }
      await Promise.all(theirs);
      expect(value.value).toBe(500);
    });

    test(`is acquired and released by its lock [${kind}]`, async () => {
      const value = ctx.Value("i", 0, { lock: ctx.Lock() });
      expect(await value.acquire()).toBe(true);
      expect([value.getLock().locked(), value.acquireSync(0)]).toEqual([true, false]);
      await value.release();
      {
        using _guard = value.guardSync();
        expect(value.getLock().locked()).toBe(true);
      }
      expect(value.getLock().locked()).toBe(false);
    });
  });

  describe("_TestArray", () => {
    for (const [name, make] of [
      ["test_array", (input: number[]) => ctx.Array("i", input)],
      ["test_rawarray", (input: number[]) => new ctx.RawArray("i", input)],
    ] as const) {
      test(named(name, "length, index, slices, and a child's changes are seen"), async () => {
        const array = make(sequence);
        expect(array.length).toBe(sequence.length);
        expect(array.get(3)).toBe(sequence[3]);
        expect(array.get(-1)).toBe(831);
        expect(array.slice(2, 7)).toEqual(sequence.slice(2, 7));
        array.setSlice(4, 8, [1, 2, 3, 4]);
        expect(array.slice(4, 8)).toEqual([1, 2, 3, 4]);
        expect(() => array.setSlice(4, 8, [1])).toThrow(ValueError);
        array.setSlice(undefined, undefined, sequence);
        await child("sumUp", array);
        expect([...array]).toEqual(summed);
        expect(() => array.get(10)).toThrow(mp.IndexError);
        expect(() => array.set(-11, 1)).toThrow(mp.IndexError);
        expect(array.view.buffer).toBe(array.buffer);
      });
    }

    test(named("test_array", "an index in brackets is read and written, as in Python"), async () => {
      for (const array of [ctx.Array("q", [1n, 2n]), new ctx.RawArray("q", [1n, 2n])]) {
        array[1] = 5n;
        expect([array[0], array[1], array[-1], array.get(1)]).toEqual([1n, 5n, 5n, 5n]);
        expect(() => array[2]).toThrow(mp.IndexError);
        expect(() => {
          array[-3] = 1n;
        }).toThrow(mp.IndexError);
        await child("sumUp", array);
        expect([array[0], array[1]]).toEqual([1n, 6n]);
        expect(Object.keys(array)).not.toContain("1");
      }
    });

    test(named("test_array_from_size", "it begins with zeros, each time"), () => {
      for (let i = 0; i < 3; i++) {
        const array = ctx.Array("i", 10);
        expect([...array]).toEqual(new Array(10).fill(0));
        array.setSlice(0, 10, sequence);
      }
      expect(() => ctx.Array("i", -1)).toThrow(ValueError);
    });

    test(named("test_getobj_getlock_obj", "the lock is made, taken or left out; others are refused"), () => {
      expect(ctx.Array("i", 3).getLock()).toBeInstanceOf(mp.RLock);
      const lock = new ctx.Lock();
      expect(ctx.Array("i", 3, { lock }).getLock()).toBe(lock);
      expect(ctx.Array("i", 3, { lock: false })).toBeInstanceOf(mp.RawArray);
      expect(() => ctx.Array("i", 3, { lock: 5 as never })).toThrow(ArgumentTypeError);
    });
  });

  describe("_TestSharedCTypes", () => {
    for (const [name, lock] of [
      ["test_sharedctypes", false],
      ["test_synchronize", true],
    ] as const) {
      test(named(name, "values, arrays and strings are doubled by a child"), async () => {
        const x = ctx.Value("i", 7, { lock } as object);
        const y = ctx.Value("d", 1 / 4, { lock } as object);
        const numbers = ctx.Array("d", [0, 1, 2, 3], { lock } as object);
        const text = ctx.Array("c", 20, { lock } as object);
        text.value = "latin-1 é";
        await child("double", x, y, numbers, text);
        expect([x.value, y.value, [...numbers], text.value]).toEqual([
          14,
          0.5,
          [0, 2, 4, 6],
          "latin-1 élatin-1 é",
        ]);
      });
    }

    test(named("test_copy", "a copy is on its own"), () => {
      const value = ctx.Value("i", 2);
      const copied = ctx.copy(value);
      value.value = 5;
      expect(copied.value).toBe(2);
      const array = new ctx.RawArray("d", [1, 2]);
      const arrayCopy = ctx.copy(array);
      array.set(0, 9);
      expect([...arrayCopy]).toEqual([1, 2]);
      expect(ctx.synchronized(array).getObj()).toBe(array);
    });
  });
}
