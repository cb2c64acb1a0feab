import { pack } from "@concurrent-futures/callable";
import { SerializationError, ValueError } from "@concurrent-futures/core";
import * as mp from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startWorkers, stopWorkers, type TestWorker } from "./fixtures/test-workers.ts";

/** CPython's tests of named memory, by their names; the child is a worker thread. */

let workers: TestWorker[];
beforeAll(async () => {
  workers = await startWorkers(1);
});
afterAll(() => stopWorkers(workers));

const child = (job: string, ...args: unknown[]) => workers[0]!.run(job, ...args);

describe("what threads share", () => {
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
    expect([list.get(2), list[2]]).toEqual(["text", "text"]);
    list[-6] = "more";
    expect([list.get(2), list[2]]).toEqual(["more", "more"]);
    expect(() => list[8]).toThrow(mp.IndexError);
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
