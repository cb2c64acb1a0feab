import { sharedBuffer } from "@concurrent-futures/shared-memory";
import { describe, expect, test } from "@jest/globals";
import { rejection } from "../../conformance/test/support/waiting.ts";
import { pool } from "./support/pools.ts";

const fill = (view: Float64Array, value: number): number => view.fill(value).length;
const add = (view: Int32Array, times: number): void => {
  for (let i = 0; i < times; i++) Atomics.add(view, 0, 1);
};
const same = (value: unknown): unknown => value;

describe.each(["thread", "spawn"] as const)("memory of sharedBuffer() and a pool, %s", (mpContext) => {
  const executor = () => pool({ mpContext, maxWorkers: 2 });

  test("an argument is a view of the same memory", async () => {
    const workers = executor();
    const view = new Float64Array(sharedBuffer(800), 80, 50);
    expect(await workers.submit(fill, view, 0.5)).toBe(50);
    expect([...new Float64Array(view.buffer)].filter((value) => value === 0.5).length).toBe(50);
    expect(view[49]).toBe(0.5);
  });

  test("so is one that was captured, or lies deep in an argument, or was made when the workers ran already", async () => {
    const workers = executor();
    await workers.submit(same, 1);
    const captured = new Uint8Array(sharedBuffer(4));
    await workers.submit(() => {
      captured[1] = 7;
    });
    expect([...captured]).toEqual([0, 7, 0, 0]);
    const deep = { rows: [new Map([["all", captured]])] };
    await workers.submit((value: typeof deep) => {
      (value.rows[0]?.get("all") as Uint8Array)[2] = 8;
    }, deep);
    expect([...captured]).toEqual([0, 7, 8, 0]);
  });

  test("what comes back is the same buffer, with the same kind of view", async () => {
    const workers = executor();
    const buffer = sharedBuffer(64);
    expect(await workers.submit(same, buffer)).toBe(buffer);
    const views = [
      new Uint8ClampedArray(buffer),
      new BigInt64Array(buffer, 8, 2),
      new DataView(buffer, 4, 8),
      Buffer.from(buffer, 2, 6),
      new Float32Array(buffer, 60, 0),
    ];
    const back = (await workers.submit(same, views)) as typeof views;
    for (const [index, view] of views.entries()) {
      expect(back[index]?.buffer).toBe(buffer);
      expect(back[index]?.constructor.name).toBe(view.constructor.name);
      expect([back[index]?.byteOffset, back[index]?.byteLength]).toEqual([view.byteOffset, view.byteLength]);
    }
  });

  test("a worker makes some and gives it back, and ends", async () => {
    const workers = pool({ mpContext, maxWorkers: 2, maxTasksPerChild: 1 });
    const made = () => workers.submit((value: number) => new Float64Array(sharedBuffer(80)).fill(value), 3);
    for (const view of await Promise.all([made(), made(), made(), made()])) {
      expect([...view]).toEqual(new Array(10).fill(3));
    }
  });

  test("two workers at once lose no addition", async () => {
    const workers = executor();
    const view = new Int32Array(sharedBuffer(4));
    await Promise.all([1, 2, 3, 4].map(() => workers.submit(add, view, 50_000)));
    expect(view[0]).toBe(200_000);
  });

  test("is not read while it is copied: a map over it sees what the others write", async () => {
    const workers = executor();
    const view = new Int32Array(sharedBuffer(400));
    await workers
      .map(
        (at: number) => (view[at] = at * at),
        Array.from({ length: 100 }, (_, at) => at),
      )
      .toArray();
    expect(view[99]).toBe(9801);
  });

  test("a SharedArrayBuffer is refused by processes as ever", async () => {
    const workers = executor();
    const view = new Int32Array(new SharedArrayBuffer(4));
    if (mpContext === "thread") expect(await workers.submit(add, view, 3)).toBeUndefined();
    else {
      const error = await rejection(Promise.resolve().then(() => workers.submit(add, view, 3)));
      expect(error).toMatchObject({ code: "ERR_SERIALIZATION" });
    }
  });
});
