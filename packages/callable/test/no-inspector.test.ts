import {
  describe as describeFunction,
  pack,
  reference,
  task,
  tasksFrom,
  unpack,
} from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { square } from "./fixtures/shapes.mjs";

/** With the inspector turned off, functions that are named still travel, and the rest is told what to do. */

const tasks = new URL("./fixtures/shapes.mjs", import.meta.url);

// biome-ignore lint/complexity/noStaticOnlyClass: only its address is used.
class Named {
  static readonly [reference] = { module: tasks.href, path: ["Point"] };
}

describe("without an inspector", () => {
  beforeEach(() => {
    process.env["CONCURRENT_FUTURES_NO_INSPECTOR"] = "1";
  });
  afterEach(() => {
    delete process.env["CONCURRENT_FUTURES_NO_INSPECTOR"];
  });

  test("explicit forms travel", () => {
    expect(describeFunction(task(tasks, "square"))).toMatchObject({
      kind: "reference",
      url: tasks.href,
      path: ["square"],
    });
    const { arrow } = tasksFrom<typeof import("./fixtures/shapes.mjs")>(tasks);
    expect(describeFunction(arrow)).toMatchObject({ kind: "reference", path: ["arrow"] });
    expect(describeFunction(Named as unknown as () => void)).toMatchObject({
      kind: "reference",
      path: ["Point"],
    });
  });

  test("plain values travel", () => {
    const value = { a: [1, new Map([[1, 2]])], s: Symbol.for("x") };
    expect(unpack(pack(value))).toEqual(value);
  });

  test("other functions are refused with the way out", () => {
    const refusal = /Cannot find out where the function square comes from: the inspector is turned off/;
    expect(() => describeFunction(square)).toThrow(SerializationError);
    expect(() => describeFunction(square)).toThrow(refusal);
    expect(() => pack({ callback: () => 1 })).toThrow(
      'Name it: task(new URL("./tasks.js", import.meta.url), "name").',
    );
  });
});

test("a task can be called where it is named, too", () => {
  const double = task<(n: number) => number>(new URL("./fixtures/shapes.cjs", import.meta.url), "double");
  expect(double(4)).toBe(8);
});
