import { move } from "@concurrent-futures/callable";
import { share } from "@concurrent-futures/process";
import { describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { pool } from "./support/pools.ts";

/** Large typed arrays that are sent to processes: by `move` and `share` they go into memory that both sides have. */

const large = 2 ** 17;
const setFirst = (values: Float64Array, value: number): number => {
  const before = values[0] as number;
  values[0] = value;
  return before;
};
const first = (values: Float64Array): number => values[0] as number;
/** The class of a view's memory, by its name. */
const kind = (view: ArrayBufferView): string => view.buffer.constructor.name;

function filled(value: number, length = large): Float64Array {
  return new Float64Array(length).fill(value);
}

describe("move to a process", () => {
  test("puts a large array into memory that both have, and back it comes without a copy", async () => {
    const workers = pool({ mpContext: "spawn", maxWorkers: 1 });
    const { echoMoved } = { echoMoved: (values: Float64Array) => values };
    const back = await workers.submit(echoMoved, move(filled(1.5)));
    expect([back.length, back[large - 1], kind(back)]).toEqual([large, 1.5, "SharedBuffer"]);
    expect(await workers.submit(setFirst, move(back), 4)).toBe(1.5);
    expect(back[0]).toBe(4);
    const again = await workers.submit(echoMoved, back);
    expect(again.buffer).toBe(back.buffer);
  });

  test("keeps its kind, its place in a plain object, and what lies beside it", async () => {
    const workers = pool({ mpContext: "spawn", maxWorkers: 1 });
    const whole = new Uint8Array(2 ** 21).fill(3);
    const given = {
      rows: [new Int16Array(whole.buffer, 2 ** 20, 2 ** 19)],
      small: new Uint8Array([9]),
      name: "x",
    };
    const back = await workers.submit((it: typeof given) => it, move(given));
    expect(back.rows[0]).toBeInstanceOf(Int16Array);
    expect([back.rows[0]?.length, back.rows[0]?.[0], kind(back.rows[0]!)]).toEqual([
      2 ** 19,
      0x303,
      "SharedBuffer",
    ]);
    expect([[...back.small], kind(back.small), back.name]).toEqual([[9], "ArrayBuffer", "x"]);
  });

  test("a result that moves lies in it as well", async () => {
    const workers = pool({ mpContext: "spawn", maxWorkers: 1 });
    const made = await workers.submit((length: number) => move(new Float64Array(length).fill(2)), large);
    expect([made.length, made[large - 1], kind(made)]).toEqual([large, 2, "SharedBuffer"]);
  });

  test("without move, and below a megabyte, arrays are copies", async () => {
    const workers = pool({ mpContext: "spawn", maxWorkers: 1 });
    expect(await workers.submit(kind, filled(1))).toBe("ArrayBuffer");
    expect(await workers.submit(kind, move(filled(1, large - 1)))).toBe("ArrayBuffer");
    expect(await workers.submit(kind, move(filled(1)))).toBe("SharedBuffer");
  });

  test("a call that runs again in another process finds its array", async () => {
    const workers = pool({ mpContext: "spawn", maxWorkers: 1 });
    const dieOnce = (values: Float64Array): number => {
      if (values[1] === 0) {
        values[1] = 1;
        process.kill(process.pid, "SIGKILL");
      }
      return values[0] as number;
    };
    const values = filled(0);
    values[0] = 7;
    const result = workers.withOptions({ retries: 1 }).submit(dieOnce, move(values));
    expect(await result).toBe(7);
  });
});

describe("share with processes", () => {
  test("large arrays are one memory, which workers that start later find as well", async () => {
    const values = filled(2.5);
    using table = share({ values, small: new Uint8Array([1]) });
    const workers = pool({ mpContext: "spawn", maxWorkers: 1, maxTasksPerChild: 2 });
    const look = (it: { values: Float64Array; small: Uint8Array }): unknown => [
      it.values[0],
      it.values.length,
      it.values.buffer.constructor.name,
      it.small.buffer.constructor.name,
    ];
    for (let n = 0; n < 5; n++)
      expect(await workers.submit(look, table)).toEqual([2.5, large, "SharedBuffer", "ArrayBuffer"]);
    values[0] = 3;
    expect(await workers.submit((it: typeof table) => it.values[0], table)).toBe(2.5);
  });

  test("two workers see one memory, and it is freed with the handle", async () => {
    const table = share(filled(0));
    const workers = pool({ mpContext: "spawn", maxWorkers: 2 });
    await workers.submit(setFirst, table, 8);
    await until(() => workers.stats().shared.values === 1);
    const seen = await Promise.all(Array.from({ length: 8 }, () => workers.submit(first, table)));
    expect(seen).toEqual(new Array(8).fill(8));
    table[Symbol.dispose]();
    expect(workers.stats().shared.values).toBe(0);
  });
});
