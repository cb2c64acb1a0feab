import { fstatSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { move } from "@concurrent-futures/callable";
import { share } from "@concurrent-futures/process";
import { Arena } from "@concurrent-futures/shared-memory/arena";
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

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
/** As it is in a worker. */
async function collectThere(): Promise<void> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  for (let round = 0; round < 3; round++) {
    (runInNewContext("gc") as () => void)();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const suicide = (_values: Float64Array): void => {
  process.kill(process.pid, "SIGKILL");
};

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

  test("so do the rows of a map, alone and among others", async () => {
    const workers = pool({ mpContext: "spawn", maxWorkers: 1 });
    const seen: unknown[] = [];
    for await (const one of workers.map(kind, [move(filled(1)), filled(2), move(filled(3))])) seen.push(one);
    expect(seen).toEqual(["SharedBuffer", "ArrayBuffer", "SharedBuffer"]);
    const sum = (values: Float64Array, more: number): string =>
      `${kind(values)} ${(values[9] as number) + more}`;
    for await (const one of workers.starmap(sum, [[move(filled(4)), 1]])) seen.push(one);
    expect(seen.at(-1)).toBe("SharedBuffer 5");
  });

  test("as `initargs` each worker has a copy, which did not go through its pipe", async () => {
    // Much more than anything else that this process writes: the test runner keeps megabytes of compiled tests.
    const huge = 2 ** 22;
    const values = filled(6, huge);
    const workers = pool({
      mpContext: "spawn",
      maxWorkers: 1,
      maxTasksPerChild: 1,
      initializer: (given: Float64Array) => {
        Object.assign(globalThis, { given });
      },
      initargs: [move(values)],
    });
    const look = (): unknown => {
      const { given } = globalThis as unknown as { given: Float64Array };
      given[0] = (given[0] as number) + 1;
      return [given[0], given.length, given.buffer.constructor.name, process.pid];
    };
    const before = bytesWritten();
    const [one, other] = [await workers.submit(look), await workers.submit(look)] as unknown[][];
    expect(one?.slice(0, 3)).toEqual([7, huge, "ArrayBuffer"]);
    expect(other?.slice(0, 3)).toEqual([7, huge, "ArrayBuffer"]);
    expect(one?.[3]).not.toBe(other?.[3]);
    expect(bytesWritten() - before).toBeLessThan(values.byteLength / 2);
  });

  test("a nested call's result that moves lies in it, wherever it ran", async () => {
    for (const maxWorkers of [1, 2]) {
      const workers = pool({ mpContext: "spawn", maxWorkers });
      const make = (length: number): Float64Array => move(new Float64Array(length).fill(2));
      const ask = async (length: number): Promise<unknown> => {
        const made = await workers.submit(make, length);
        return [made.buffer.constructor.name, made[0]];
      };
      expect(await workers.submit(ask, large)).toEqual(["SharedBuffer", 2]);
    }
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

/** What this process has written, to whatever. */
function bytesWritten(): number {
  return Number(/wchar: (\d+)/.exec(readFileSync("/proc/self/io", "latin1"))?.[1]);
}

/** What arrays take of the memory that processes share, once the collector has run and the dead are seen to. */
async function bytesInUse(): Promise<number> {
  const { file } = Arena.own();
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  Arena.own().pollExits();
  return 512 * fstatSync(file.descriptor).blocks;
}

describe("memory that was moved is given back", () => {
  const own = 2 ** 23;
  const work = (values: Float64Array): number => values.length;
  const echo = (values: Float64Array): Float64Array => move(values);
  const never = (values: Float64Array): Promise<number> => new Promise(() => values);
  const isBack = (before: number): Promise<void> =>
    until(async () => (await bytesInUse()) <= before + 2 ** 20, 20_000);

  test("when calls, maps and results are over", async () => {
    const before = await bytesInUse();
    const workers = pool({ mpContext: "spawn", maxWorkers: 1 });
    for (let n = 0; n < 3; n++) await workers.submit(work, move(filled(n, own / 8)));
    for await (const _ of workers.map(work, [move(filled(1, own / 8)), move(filled(2, own / 8))]));
    expect((await workers.submit(echo, move(filled(3, own / 8)))).length).toBe(own / 8);
    await workers.submit(collectThere);
    await isBack(before);
  });

  test("when calls are cancelled, and when their worker is killed before it has looked", async () => {
    const before = await bytesInUse();
    const workers = pool({ mpContext: "spawn", maxWorkers: 1 });
    const running = workers.submit(never, move(filled(1, own / 8)));
    const waiting = [1, 2, 3].map((value) => workers.submit(work, move(filled(value, own / 8))));
    for (const one of waiting) one.cancel();
    await until(() => running.running());
    await workers.killWorkers();
    expect(await running.exception()).toBeInstanceOf(Error);
    const others = pool({ mpContext: "spawn", maxWorkers: 1 });
    const lost = others.submit(suicide, move(filled(1, own / 8)));
    expect(await lost.exception()).toBeInstanceOf(Error);
    await isBack(before);
  });

  test("when a result is never read, and when its worker dies with it", async () => {
    const before = await bytesInUse();
    const workers = pool({ mpContext: "spawn", maxWorkers: 1 });
    const made = (length: number): Float64Array => move(new Float64Array(length).fill(1));
    void workers.submit(made, own / 8);
    await workers.submit(made, own / 8);
    void workers.map(made, [own / 8, own / 8]);
    await workers.submit(work, filled(0));
    await workers.killWorkers();
    await isBack(before);
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
