import { sep } from "node:path";
import { end, run } from "../pool.mjs";
import * as tasks from "./tasks.ts";
import shortName, { fib, limits, Point, TooMuch } from "./tasks.ts";

console.log("the program runs");

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
  async: await run(async (n: number) => (await import("./tasks.ts")).fib(n), 7),
  error: await run(limits.guard, 11).catch((e) => [e instanceof TooMuch, e.message, e.limit]),
  localError: await run(() => {
    throw new RangeError("mine");
  }).catch((e) => [e instanceof RangeError, e.message]),
  refused: await Promise.resolve()
    .then(() => run("".at, 1))
    .catch((e) => e.code),
};
console.log(JSON.stringify(results));
await end();
