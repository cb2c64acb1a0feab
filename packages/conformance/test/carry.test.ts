import { afterEach, describe, expect, test } from "@jest/globals";
import { ArgumentTypeError, type Carrier, carry, task, ValueError } from "concurrent-futures";
import { level, request, seen, seenAtOnce, seenBelow, seenBesideOwn } from "./fixtures/request.mjs";
import { executors, processPools } from "./support/subjects.ts";

const module = new URL("./fixtures/request.mjs", import.meta.url);
const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function carryRequest(capture = (): string | undefined => request.getStore()): () => void {
  const restore = task<Carrier["restore"]>(module, "restoreRequest");
  const stop = carry({ name: "request", capture, restore });
  stops.push(stop);
  return stop;
}

function carryLevel(): void {
  const restore = task<Carrier["restore"]>(module, "restoreLevel");
  stops.push(carry({ name: "level", capture: () => level.getStore(), restore }));
}

describe.each(executors)("carry on $name", ({ create }) => {
  test("each call sees what was there at its submit, before and after it waits", async () => {
    carryRequest();
    const executor = create({ maxWorkers: 2 });
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    const futures = numbers.map((n) => request.run(`r${n >> 2}`, () => executor.submit(seen, n)));
    const outside = executor.submit(seen, -1);
    const all = await Promise.all(futures);
    expect(all).toEqual(numbers.map((n) => [n, `r${n >> 2}`, `r${n >> 2}`, undefined]));
    expect(await outside).toEqual([-1, undefined, undefined, undefined]);
  });

  test("a map's calls see what was there at the map", async () => {
    carryRequest();
    const executor = create({ maxWorkers: 2 });
    const iterator = request.run("m", () => executor.map(seen, [1, 2, 3]));
    expect(await iterator.toArray()).toEqual([1, 2, 3].map((n) => [n, "m", "m", undefined]));
  });

  test("several are carried side by side", async () => {
    carryRequest();
    carryLevel();
    const executor = create({ maxWorkers: 1 });
    const both = request.run("r", () => level.run("debug", () => executor.submit(seenAtOnce)));
    const one = level.run("info", () => executor.submit(seenAtOnce));
    expect(await both).toEqual(["r", "debug"]);
    expect(await one).toEqual([undefined, "info"]);
  });

  test("another attempt sees it as well", async () => {
    carryRequest();
    const view = create({ maxWorkers: 1 }).withOptions({ retries: 1, retryIf: () => true });
    const call = async (): Promise<string> => {
      const { currentTask } = await import("concurrent-futures");
      if (currentTask()?.attempt === 1) throw new RangeError("once");
      return String((await (await import("./fixtures/request.mjs")).seen(0))[1]);
    };
    expect(await request.run("again", () => view.submit(call))).toBe("again");
  });
});

describe.each(processPools)("carry on $name", ({ create }) => {
  test("ends when it is told to", async () => {
    const stop = carryRequest(() => "always");
    const executor = create({ maxWorkers: 1 });
    expect(await executor.submit(seenAtOnce)).toEqual(["always", undefined]);
    stop();
    stop();
    expect(await executor.submit(seenAtOnce)).toEqual([undefined, undefined]);
  });

  test("what cannot be restored fails the call", async () => {
    const executor = create({ maxWorkers: 1 });
    stops.push(
      carry({
        name: "refused",
        capture: () => "x",
        restore: task<Carrier["restore"]>(module, "restoreRefused"),
      }),
    );
    await expect(executor.submit(seenAtOnce).result()).rejects.toThrow(new RangeError("not restored"));
    stops.pop()?.();
    stops.push(
      carry({ name: "gone", capture: () => "x", restore: task<Carrier["restore"]>(module, "nothing") }),
    );
    await expect(executor.submit(seenAtOnce).result()).rejects.toMatchObject({ code: "ERR_SERIALIZATION" });
  });

  test("a failing capture fails the submit", () => {
    const executor = create({ maxWorkers: 1 });
    stops.push(
      carry({
        name: "broken",
        capture: () => 3 as unknown as string,
        restore: task<Carrier["restore"]>(module, "restoreRequest"),
      }),
    );
    expect(() => executor.submit(seenAtOnce)).toThrow(ArgumentTypeError);
    expect(() => executor.map(seenAtOnce, [1])).toThrow(ArgumentTypeError);
    expect(executor.stats()).toMatchObject({ pending: 0, running: 0 });
  });
});

describe("carry", () => {
  test("refuses what cannot be carried", () => {
    const restore = task<Carrier["restore"]>(module, "restoreRequest");
    const capture = (): string => "x";
    expect(() => carry({ name: "", capture, restore })).toThrow(ArgumentTypeError);
    expect(() => carry({ name: "x", capture: "x" as never, restore })).toThrow(ArgumentTypeError);
    expect(() => carry({ name: "x", capture, restore: (_value, run) => run() })).toThrow(ArgumentTypeError);
    stops.push(carry({ name: "twice", capture, restore }));
    expect(() => carry({ name: "twice", capture, restore })).toThrow(ValueError);
  });
});

describe.each(processPools)("carry into the calls of a task on $name", ({ create }) => {
  test("they see what their caller sees, though only the main program carries it", async () => {
    carryRequest();
    const pool = create({ maxWorkers: 1 });
    const below = await request.run("r", () => pool.submit(seenBelow, pool));
    expect(below).toEqual(Array.from({ length: 6 }, () => ["r", undefined]));
    expect(await pool.submit(seenBelow, pool)).toEqual(
      Array.from({ length: 6 }, () => [undefined, undefined]),
    );
  });

  test("what their caller has entered and nobody carries they do not see", async () => {
    const pool = create({ maxWorkers: 1 });
    const seenThere = await pool.submit(seenBesideOwn, pool);
    expect(seenThere).toEqual(Array.from({ length: 6 }, () => [undefined, undefined]));
  });
});
