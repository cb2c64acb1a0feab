import { move } from "@concurrent-futures/callable";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { pool, work } from "./support/pools.ts";

/** A value of each kind that can be changed, how it is changed, and what is to be seen of it. */
interface Changeable<T = unknown> {
  make(): T;
  change(value: T, to: number): void;
  see(value: T): number;
}

function changeable<T>(kind: Changeable<T>): Changeable {
  return kind as Changeable;
}

class Box {
  value = 0;
}

const kinds: Readonly<Record<string, Changeable>> = {
  "a small object": changeable({
    make: () => ({ value: 0 }),
    change: (box, to) => {
      box.value = to;
    },
    see: (box) => box.value,
  }),
  "a small array": changeable({
    make: () => [0],
    change: (box, to) => {
      box[0] = to;
    },
    see: (box) => box[0] as number,
  }),
  "what lies deep in a small object": changeable({
    make: () => ({ rows: [{ value: [0] }] }),
    change: (box, to) => {
      (box.rows[0] as { value: number[] }).value[0] = to;
    },
    see: (box) => box.rows[0]?.value[0] as number,
  }),
  "what lies deep in a large object": changeable({
    make: () => Array.from({ length: 100 }, () => ({ value: [0] })),
    change: (box, to) => {
      (box[99] as { value: number[] }).value[0] = to;
    },
    see: (box) => box[99]?.value[0] as number,
  }),
  "a long array": changeable({
    make: () => new Array<number>(1_000).fill(0),
    change: (box, to) => {
      box[999] = to;
    },
    see: (box) => box[999] as number,
  }),
  "a Map": changeable({
    make: () => new Map([["value", 0]]),
    change: (box, to) => {
      box.set("value", to);
    },
    see: (box) => box.get("value") as number,
  }),
  "a Set": changeable({
    make: () => new Set([0]),
    change: (box, to) => {
      box.clear();
      box.add(to);
    },
    see: (box) => [...box][0] as number,
  }),
  "a Date": changeable({
    make: () => new Date(0),
    change: (box, to) => {
      box.setTime(to);
    },
    see: (box) => box.getTime(),
  }),
  "a typed array": changeable({
    make: () => new Float64Array(4),
    change: (box, to) => {
      box[3] = to;
    },
    see: (box) => box[3] as number,
  }),
  "a view of a part": changeable({
    make: () => new Uint16Array(new ArrayBuffer(64), 8, 4),
    change: (box, to) => {
      box[3] = to;
    },
    see: (box) => box[3] as number,
  }),
  "an ArrayBuffer": changeable({
    make: () => new ArrayBuffer(8),
    change: (box, to) => {
      new DataView(box).setFloat64(0, to);
    },
    see: (box) => new DataView(box).getFloat64(0),
  }),
  "a DataView": changeable({
    make: () => new DataView(new ArrayBuffer(8)),
    change: (box, to) => {
      box.setFloat64(0, to);
    },
    see: (box) => box.getFloat64(0),
  }),
  "a Buffer": changeable({
    make: () => Buffer.from("0"),
    change: (box, to) => {
      box[0] = to;
    },
    see: (box) => box[0] as number,
  }),
  "a large Buffer": changeable({
    make: () => Buffer.alloc(100_000),
    change: (box, to) => {
      box[99_999] = to;
    },
    see: (box) => box[99_999] as number,
  }),
  "typed arrays in a large object": changeable({
    make: () => Array.from({ length: 100 }, () => new Float64Array(1)),
    change: (box, to) => {
      (box[99] as Float64Array)[0] = to;
    },
    see: (box) => box[99]?.[0] as number,
  }),
  "a URL": changeable({
    make: () => new URL("https://example.com/0"),
    change: (box, to) => {
      box.pathname = `/${to}`;
    },
    see: (box) => Number(box.pathname.slice(1)),
  }),
  "an instance": changeable({
    make: () => new Box(),
    change: (box, to) => {
      box.value = to;
    },
    see: (box) => box.value,
  }),
  "an instance with a typed array": changeable({
    make: () => Object.assign(new Box(), { data: new Float32Array(2) }),
    change: (box, to) => {
      box.data[1] = to;
    },
    see: (box) => box.data[1] as number,
  }),
  "an error": changeable({
    make: () => new Error("0"),
    change: (box, to) => {
      box.message = String(to);
    },
    see: (box) => Number(box.message),
  }),
};

const five = [0, 1, 2, 3, 4];

describe.each(["thread", "spawn"] as const)("what a call sees, on %s workers", (mpContext) => {
  let executor: ProcessPoolExecutor;
  beforeAll(() => {
    executor = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
  });
  afterAll(() => executor.shutdown());

  describe.each(Object.entries(kinds))("%s", (_, { make, change, see }) => {
    test("is the argument of the submit", async () => {
      const box = make();
      const calls = five.map((to) => {
        change(box, to);
        return executor.submit(see, box);
      });
      change(box, 77);
      expect(await Promise.all(calls)).toEqual(five);
    });

    test("is what it captured at the submit", async () => {
      const box = make();
      const calls = five.map((to) => {
        change(box, to);
        return executor.submit(() => see(box));
      });
      change(box, 77);
      expect(await Promise.all(calls)).toEqual(five);
    });

    test("is the row that a map has read, one by one and at once", async () => {
      function* same(): Generator<unknown> {
        const box = make();
        for (const to of five) {
          change(box, to);
          yield box;
        }
        change(box, 77);
      }
      expect(await executor.map(see, same()).toArray()).toEqual(five);
      expect(await executor.map(see, same(), { buffersize: 2 }).toArray()).toEqual(five);
      const pairs = (one: unknown, two: unknown): number[] => [see(one), see(two)];
      expect(await executor.map(pairs, same(), same()).toArray()).toEqual(five.map((to) => [to, to]));
    });

    test("is the row as it was when the map was called, of an array", async () => {
      const boxes = five.map((to) => {
        const box = make();
        change(box, to);
        return box;
      });
      const results = executor.map(see, boxes);
      for (const box of boxes) change(box, 77);
      expect(await results.toArray()).toEqual(five);
    });
  });

  test("is the argument of the first attempt, in each attempt", async () => {
    const box = { value: 1 };
    const stubborn = (given: { value: number }): never => {
      throw new Error(String(given.value));
    };
    const call = executor.withOptions({ retries: 2, retryIf: () => true }).submit(stubborn, box);
    box.value = 77;
    await expect(call.result()).rejects.toMatchObject({
      message: "1",
      errors: [{ message: "1" }, { message: "1" }],
    });
  });

  test("is its own: what one call changes, the next does not see", async () => {
    const box = { value: 1 };
    const increase = (given: { value: number }): number => ++given.value;
    const calls = [executor.submit(increase, box), executor.submit(increase, box)];
    expect(await Promise.all(calls)).toEqual([2, 2]);
    expect(await executor.map(increase, [box, box, box]).toArray()).toEqual([2, 2, 2]);
  });

  test("is an initializer's argument when the pool was made", async () => {
    const box = { value: 1 };
    const workers = pool({ maxWorkers: 1, mpContext, initializer: work("initialize"), initargs: [box] });
    box.value = 77;
    expect(await workers.submit(work("whatWasInitialized"))).toEqual({ value: 1 });
  });

  test("keeps the shape: parts that are shared, cycles, holes, named fields of arrays", async () => {
    const part = { value: 1 };
    const small: { left: typeof part; right: (typeof part)[]; self?: unknown } = {
      left: part,
      right: [part],
    };
    small.self = small;
    const looksAt = (given: typeof small): unknown[] => [
      given.left === given.right[0],
      given.self === given,
      given.left.value,
    ];
    const memory = new ArrayBuffer(8);
    const views = { bytes: new Uint8Array(memory), number: new Float64Array(memory) };
    const large = { ...views, fill: Array.from({ length: 50 }, () => ({})) };
    const sharesMemory = (given: typeof views): boolean => given.bytes.buffer === given.number.buffer;
    const match = /b(?<name>c)/.exec("abc") as RegExpExecArray;
    const named = (given: RegExpExecArray): unknown => [given.index, given.groups?.["name"], given[0]];
    const holes = (given: unknown[]): unknown => [given.length, 1 in given, Object.keys(given)];
    // biome-ignore lint/suspicious/noSparseArray: that is what it is about
    const sparse = [1, , 3];
    expect(await executor.submit(looksAt, small)).toEqual([true, true, 1]);
    if (mpContext === "thread") {
      expect(await executor.submit(sharesMemory, views)).toBe(true);
      expect(await executor.submit(sharesMemory, large)).toBe(true);
    }
    expect(await executor.submit(named, match)).toEqual([1, "c", "bc"]);
    expect(await executor.submit(holes, sparse)).toEqual([3, false, ["0", "2"]]);
  });

  test("is equal to what was given, whatever that was", async () => {
    const identity = work("identity");
    const values = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      maxDepth: 4,
    });
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const before = structuredClone(value);
        const single = executor.submit(identity, value);
        const mapped = executor.map(identity, [value, [value]]);
        expect(await single).toEqual(before);
        expect(await mapped.toArray()).toEqual([before, [before]]);
      }),
      { numRuns: 150 },
    );
  });
});

describe("on threads", () => {
  test("shared memory stays shared, in small objects and in large ones", async () => {
    const executor = pool({ maxWorkers: 1 });
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const set = (given: { deep: Int32Array }, at: number): void => {
      given.deep[at] = 5;
    };
    await executor.submit(set, { deep: shared }, 0);
    const large = { deep: shared, more: Array.from({ length: 100 }, () => ({ shared: shared.buffer })) };
    await executor.submit(set, large, 1);
    expect([...shared]).toEqual([5, 5]);
  });

  test("what is shared beside what is not stays shared, and what is not does not", async () => {
    const executor = pool({ maxWorkers: 1 });
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const rows = Array.from({ length: 100 }, () => ({ mine: new Int32Array(1), shared }));
    const sum = (given: typeof rows): number[] => {
      Atomics.add((given[0] as (typeof rows)[0]).shared, 0, 1);
      return [given[99]?.mine[0] as number, Atomics.load((given[99] as (typeof rows)[0]).shared, 0)];
    };
    const call = executor.submit(sum, rows);
    (rows[99] as (typeof rows)[0]).mine[0] = 77;
    expect(await call).toEqual([0, 1]);
  });

  test("what is moved has gone when `submit` returns, and arrives as it was", async () => {
    const executor = pool({ maxWorkers: 1 });
    const first = new Uint8Array([1, 2, 3]);
    const second = new Uint8Array([4, 5, 6]);
    const box = { value: 1 };
    const see = (bytes: Uint8Array, given: { value: number }): number[] => [...bytes, given.value];
    const calls = [
      executor.submit(see, move(first), box),
      executor.withOptions({ transfer: [second.buffer] }).submit(see, second, box),
    ];
    expect([first.length, second.length]).toEqual([0, 0]);
    box.value = 77;
    expect(await Promise.all(calls)).toEqual([
      [1, 2, 3, 1],
      [4, 5, 6, 1],
    ]);
  });

  test("nothing is moved by a submit that is refused", () => {
    const executor = pool({ maxWorkers: 1 });
    const bytes = new Uint8Array(3);
    expect(() => executor.submit(work("identity"), move(bytes), new WeakMap())).toThrow("WeakMap");
    expect(bytes.length).toBe(3);
  });
});
