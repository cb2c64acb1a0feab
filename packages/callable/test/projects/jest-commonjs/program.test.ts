import { sep } from "node:path";
import { end, run } from "../pool.mjs";
import * as tasks from "./tasks.ts";
import shortName, { fib, limits, Point, TooMuch } from "./tasks.ts";
import * as words from "./words.js";

const offset = 100;
const table = new Map([["a", 1]]);
class Circle extends Point {
  radius = 2;
  area(): number {
    return round(Math.PI * this.radius ** 2);
  }
}
function round(n: number): number {
  return Math.round(n * 100) / 100;
}
function isEven(n: number): boolean {
  return n === 0 || isOdd(n - 1);
}
function isOdd(n: number): boolean {
  return n !== 0 && isEven(n - 1);
}
function adder(by: number): (n: number) => number {
  return (n: number): number => n + by + offset;
}

afterAll(() => end());

test("functions, values and errors travel from inside Jest", async () => {
  const results = {
    exported: await run(fib, 10),
    byDefault: await run(shortName, "/a/b.txt"),
    staticMethod: (await run(Point.diagonal, 3)) instanceof Point,
    member: await run(limits.check, 5),
    closure: await run(adder(1), 1),
    captured: await run((key: string): number => table.get(key)! + fib(5), "a"),
    namespace: await run((n: number) => tasks.fib(n) + sep, 6),
    recursive: await run(isEven, 10),
    ownFunction: await run(round, 1.23456),
    exportedClass: (await run((p: Point) => p.length(), new Point(3, 4))) === 5,
    localClass:
      (await run((c: Circle) => Object.assign(c, { area: c.area() }), new Circle(1, 2))) instanceof Circle,
    async: await run(async (n: number) => (await import("node:path")).join("a", String(n)), 7),
    error: await run(limits.guard, 11).catch((e) => [e instanceof TooMuch, e.message, e.limit]),
    localError: await run(() => {
      throw new RangeError("mine");
    }).catch((e) => [e instanceof RangeError, e.message]),
    refused: await Promise.resolve()
      .then(() => run("".at, 1))
      .catch((e) => e.code),
  };

  expect(results).toEqual({
    exported: 55,
    byDefault: "b.txt",
    staticMethod: true,
    member: 5,
    closure: 102,
    captured: 6,
    namespace: "8/",
    recursive: true,
    ownFunction: 1.23,
    exportedClass: true,
    localClass: true,
    async: "a/7",
    error: [true, "11 is too much", 10],
    localError: [true, "mine"],
    refused: "ERR_SERIALIZATION",
  });
});

test("what a file named .js exports that only Jest can read goes by value", async () => {
  expect(await run((word: string) => words.shout(word), "a")).toBe(`A${sep}`);
});
