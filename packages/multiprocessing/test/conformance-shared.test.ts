import { pack } from "@concurrent-futures/callable";
import { ArgumentTypeError, SerializationError, ValueError } from "@concurrent-futures/core";
import * as mp from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startWorkers, stopWorkers, type TestWorker } from "./fixtures/test-workers.ts";

/** CPython's tests of shared values, arrays and memory, by their names; the child is a worker thread. */

let workers: TestWorker[];
beforeAll(async () => {
  workers = await startWorkers(1);
});
afterAll(() => stopWorkers(workers));

const child = (job: string, ...args: unknown[]) => workers[0]!.run(job, ...args);

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

describe("_TestValue", () => {
  test("test_value: each type keeps its value, and a child's change is seen", async () => {
    for (const [code, first, second] of codes) {
      const value = mp.Value(code, first as never);
      expect(value.value).toBe(first);
      await child("setValue", value, second);
      expect(value.value).toBe(second);
    }
  });

  test("test_rawvalue: the same without a lock", async () => {
    for (const [code, first, second] of codes) {
      const value = new mp.RawValue(code, first as never);
      expect(value.value).toBe(first);
      await child("setValue", value, second);
      expect(value.value).toBe(second);
      expect("getLock" in value).toBe(false);
    }
  });

  test("test_getobj_getlock: the lock is made, taken or left out; something else is refused", () => {
    for (const options of [undefined, { lock: undefined }, { lock: true }]) {
      const value = mp.Value("i", 5, options);
      expect(value.getLock()).toBeInstanceOf(mp.RLock);
      expect(value.getObj().value).toBe(5);
    }
    const lock = new mp.Lock();
    expect(mp.Value("i", 5, { lock }).getLock()).toBe(lock);
    const raw = mp.Value("i", 5, { lock: false });
    expect("getLock" in raw || "getObj" in raw).toBe(false);
    expect(() => mp.Value("i", 5, { lock: "notalock" as never })).toThrow(ArgumentTypeError);
  });

  test("integers wrap around as C's do", () => {
    const value = mp.Value("i", 2 ** 31 - 1);
    value.value += 1;
    expect(value.value).toBe(-(2 ** 31));
    expect(mp.Value("B", 257).value).toBe(1);
    expect(mp.Value("b", 128).value).toBe(-128);
    expect(mp.Value("H", -1).value).toBe(65535);
    expect(mp.Value("Q", -1n).value).toBe(2n ** 64n - 1n);
    expect(() => mp.Value("i", 1.5)).toThrow(ArgumentTypeError);
    expect(() => mp.Value("z" as never)).toThrow(ValueError);
  });
});

const sequence = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];
const summed = sequence.map((_, index) => sequence.slice(0, index + 1).reduce((a, b) => a + b));

describe("_TestArray", () => {
  for (const [name, make] of [
    ["test_array", (input: number | number[]) => mp.Array("i", input)],
    ["test_rawarray", (input: number | number[]) => new mp.RawArray("i", input)],
  ] as const) {
    test(`${name}: length, index, slices, and a child's changes are seen`, async () => {
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

  test("test_array_from_size: it begins with zeros, each time", () => {
    for (let i = 0; i < 3; i++) {
      const array = mp.Array("i", 10);
      expect([...array]).toEqual(new Array(10).fill(0));
      array.setSlice(0, 10, sequence);
    }
    expect(() => mp.Array("i", -1)).toThrow(ValueError);
  });

  test("test_getobj_getlock_obj: the lock is made, taken or left out; something else is refused", () => {
    expect(mp.Array("i", 3).getLock()).toBeInstanceOf(mp.RLock);
    const lock = new mp.Lock();
    expect(mp.Array("i", 3, { lock }).getLock()).toBe(lock);
    expect(mp.Array("i", 3, { lock: false })).toBeInstanceOf(mp.RawArray);
    expect(() => mp.Array("i", 3, { lock: 5 as never })).toThrow(ArgumentTypeError);
  });
});

describe("_TestSharedCTypes", () => {
  for (const [name, lock] of [
    ["test_sharedctypes", false],
    ["test_synchronize", true],
  ] as const) {
    test(`${name}: values, arrays and strings are doubled by a child`, async () => {
      const x = mp.Value("i", 7, { lock } as object);
      const y = mp.Value("d", 1 / 4, { lock } as object);
      const numbers = mp.Array("d", [0, 1, 2, 3], { lock } as object);
      const text = mp.Array("c", 20, { lock } as object);
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

  test("test_copy: a copy is on its own", () => {
    const value = mp.Value("i", 2);
    const copied = mp.copy(value);
    value.value = 5;
    expect(copied.value).toBe(2);
    const array = new mp.RawArray("d", [1, 2]);
    const arrayCopy = mp.copy(array);
    array.set(0, 9);
    expect([...arrayCopy]).toEqual([1, 2]);
    expect(mp.synchronized(array).getObj()).toBe(array);
  });

  test("for another process they are refused, with the way out", () => {
    for (const object of [mp.Value("i", 1), new mp.Lock(), new mp.Queue()]) {
      expect(() => pack(object, undefined, "spawn")).toThrow(SerializationError);
      expect(() => pack(object, undefined, "spawn")).toThrow(/manager/);
    }
  });
});

describe("_TestSharedMemory", () => {
  const create = (size: number, name?: string) =>
    new mp.SharedMemory({ create: true, size, ...(name && { name }) });

  test("test_shared_memory_name_with_embedded_null: it is a ValueError", () => {
    expect(() => create(512, "psm\0x")).toThrow(ValueError);
  });

  test("test_shared_memory_basics: create, attach, write, close, unlink", () => {
    const block = create(512, "test01_tsmb");
    expect(block.name).toBe("test01_tsmb");
    expect(block.size).toBe(512);
    block.buf![0] = 42;
    const same = new mp.SharedMemory("test01_tsmb");
    expect(same.buf![0]).toBe(42);
    same.buf![1] = 7;
    expect(block.buf![1]).toBe(7);
    expect(() => create(512, "test01_tsmb")).toThrow(mp.FileExistsError);
    same.close();
    expect(same.buf).toBe(null);
    same.close();
    expect(block.buf!.length).toBe(512);
    block.unlink();
    expect(() => block.unlink()).toThrow(mp.FileNotFoundError);
    expect(() => new mp.SharedMemory("test01_tsmb")).toThrow(mp.FileNotFoundError);
    const next = create(512, "other");
    next.buf![0] = 1;
    expect(block.buf![0]).toBe(42);
    block.close();
    next.unlink();
    next.close();
  });

  test("test_shared_memory_recreate: blocks without a name get different ones, zeroed", () => {
    const blocks = Array.from({ length: 20 }, () => create(10_000));
    expect(new Set(blocks.map(({ name }) => name)).size).toBe(20);
    for (const block of blocks) {
      expect(block.buf!.every((byte) => byte === 0)).toBe(true);
      block.buf!.fill(1);
      block.unlink();
      block.close();
    }
    const again = create(200_000);
    expect(again.buf!.every((byte) => byte === 0)).toBe(true);
    again.unlink();
    again.close();
  });

  test("test_invalid_shared_memory_creation: sizes must be positive, and without create a name is needed", () => {
    expect(() => create(-1)).toThrow(ValueError);
    expect(() => create(0)).toThrow(ValueError);
    expect(() => new mp.SharedMemory()).toThrow(ValueError);
    expect(() => new mp.SharedMemory({ create: false })).toThrow(ValueError);
  });

  test("test_shared_memory_pickle_unpickle: a block that was sent is the same block", async () => {
    const block = create(16);
    await child("writeByte", block, 3, 99);
    expect(block.buf![3]).toBe(99);
    block.unlink();
    block.close();
  });

  test("test_shared_memory_across_processes: a worker finds it by name", async () => {
    const block = create(16);
    await child("writeByteByName", block.name, 4, 55);
    expect(block.buf![4]).toBe(55);
    block.unlink();
    block.close();
  });

  test("test_shared_memory_pickle_unpickle_dead_object: after unlink there is nothing to attach to", async () => {
    const block = create(16);
    block.unlink();
    await expect(child("writeByteByName", block.name, 0, 1)).rejects.toThrow(mp.FileNotFoundError);
    block.close();
  });

  test("test_shared_memory_ShareableList_basics: values of all kinds, limits, count and index", () => {
    const list = new mp.ShareableList([
      "howdy",
      "HoWdY",
      -273.154,
      100n,
      null,
      true,
      new Uint8Array([1, 2]),
      42,
    ]);
    expect(list.length).toBe(8);
    expect([...list].slice(0, 6)).toEqual(["howdy", "HoWdY", -273.154, 100n, null, true]);
    expect(list.get(-1)).toBe(42);
    expect(() => list.get(8)).toThrow(mp.IndexError);
    expect(() => list.set(-9, 1)).toThrow(mp.IndexError);
    list.set(0, "12345678");
    expect(list.get(0)).toBe("12345678");
    expect(() => list.set(0, "123456789")).toThrow(ValueError);
    expect(list.get(0)).toBe("12345678");
    list.set(2, "text");
    expect(list.get(2)).toBe("text");
    list.set(3, 1);
    expect(list.count(1)).toBe(1);
    expect(list.index(null)).toBe(4);
    expect(() => list.index("nowhere")).toThrow(ValueError);
    const same = new mp.ShareableList(undefined, { name: list.shm.name });
    same.set(7, 43);
    expect(list.get(7)).toBe(43);
    const empty = new mp.ShareableList([]);
    expect([...empty]).toEqual([]);
    for (const { shm } of [list, empty]) {
      shm.unlink();
      shm.close();
    }
    same.shm.close();
    expect(() => list.get(0)).toThrow(ValueError);
  });

  test("test_shared_memory_ShareableList_pickling: a worker has the same list", async () => {
    const list = new mp.ShareableList([0, "a\0\0"]);
    await child("call", list, "set", 0, 5);
    expect([...list]).toEqual([5, "a\0\0"]);
    list.shm.unlink();
    list.shm.close();
  });

  test("test_shared_memory_ShareableList_pickling_dead_object: after unlink there is nothing to attach to", async () => {
    const list = new mp.ShareableList([0]);
    list.shm.unlink();
    await expect(child("call", list, "get", 0)).rejects.toThrow();
    list.shm.close();
  });
});
