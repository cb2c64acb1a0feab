import { describe as describeFunction, load } from "@concurrent-futures/callable";
import { describe, expect, test } from "@jest/globals";
import { count, counted } from "./fixtures/live.mjs";

/** A function by value is described once where its variables cannot change, and shows what they are now where they can. */

type Described = ReturnType<typeof describeFunction>;
// biome-ignore lint/suspicious/noExplicitAny: functions of any kind are described.
type Any = (...args: any[]) => unknown;

/** The description once the function has been sent several times. */
function settled(fn: Any): Described {
  for (let i = 0; i < 3; i++) describeFunction(fn);
  return describeFunction(fn);
}

/** What a worker gets from calling it now. */
async function called(fn: Any, ...args: unknown[]): Promise<unknown> {
  const loaded = (await load(describeFunction(fn))) as Any;
  return await loaded(...args);
}

const constant = 5;
const name = "five";
const twice = (n: number) => n * 2;
const list = [1];
let variable = 1;
let later: number | undefined;
const unset: Record<string, number | undefined> = {};

describe("a function is described once", () => {
  const cases: readonly (readonly [string, Any])[] = [
    ["when it captures nothing", (n: number) => n + 1],
    ["when it uses globals of every thread", (n: number) => Math.max(n, 3)],
    ["when it captures constants", () => `${name} ${constant}`],
    ["when it captures a function that captures constants", (n: number) => twice(n) + constant],
    [
      "when it calls itself",
      function fac(n: number): number {
        return n < 2 ? 1 : n * fac(n - 1);
      },
    ],
    [
      "when it captures a parameter that nothing assigns to",
      (
        (k: number) => (n: number) =>
          n * k
      )(3),
    ],
  ];
  test.each(cases)("%s", async (_, fn) => {
    const ref = settled(fn);
    expect(describeFunction(fn)).toBe(ref);
    expect(await called(fn, 4)).toEqual(fn(4));
  });

  test("also when it is made again and again, if its text has no free variables", () => {
    const make = () => (n: number) => n * 31;
    settled(make());
    const ref = describeFunction(make());
    expect(describeFunction(make())).toBe(ref);
  });

  test("not before it is sent a second time: what is sent once must not stay in the workers", () => {
    const refs = Array.from({ length: 5 }, (_, k) => describeFunction(() => k));
    expect(refs.map((ref) => ref.kind === "value" && ref.constant)).toEqual(Array(5).fill(undefined));
  });
});

describe("each description shows", () => {
  test.each<[string, () => number, () => void]>([
    [
      "a variable that is assigned to",
      () => variable,
      () => {
        variable = 20;
      },
    ],
    [
      "a variable that is counted up",
      () => variable,
      () => {
        variable++;
      },
    ],
    [
      "a variable that is assigned to by a pattern",
      () => variable,
      () => {
        [variable] = [400];
      },
    ],
    [
      "a variable that a loop assigns to",
      () => variable,
      () => {
        for (variable of [70, 80]);
      },
    ],
    [
      "a variable that gets its first value later",
      () => later ?? 0,
      () => {
        later = 6;
      },
    ],
    [
      "what a constant holds",
      () => list.length,
      () => {
        list.push(2);
      },
    ],
    [
      "a field of an object",
      () => unset["x"] ?? 0,
      () => {
        unset["x"] = 7;
      },
    ],
    [
      "what another module assigns to its export",
      () => counted,
      () => {
        count();
      },
    ],
  ])("%s", async (_, fn, change) => {
    settled(fn);
    const before = fn();
    expect(await called(fn)).toBe(before);
    change();
    expect(fn()).not.toBe(before);
    expect(await called(fn)).toBe(fn());
  });

  test("a variable that only a function inside of a captured function uses", async () => {
    let hidden = 1;
    const inner = () => hidden;
    const outer = () => inner() + constant;
    settled(outer);
    hidden = 2;
    expect(await called(outer)).toBe(7);
  });

  test("the variables of each function, where one text makes many", async () => {
    const make = (k: number) => (n: number) => n * k;
    const [two, three] = [make(2), make(3)];
    settled(two);
    settled(three);
    expect([await called(two, 10), await called(three, 10)]).toEqual([20, 30]);
  });

  test("a field that is put on a function later", async () => {
    const fn = Object.assign(() => 1, {}) as (() => number) & { mark?: number };
    settled(fn);
    fn.mark = 9;
    expect(((await load(describeFunction(fn))) as typeof fn).mark).toBe(9);
    const reader: Any = () => fn.mark;
    settled(reader);
    fn.mark = 10;
    expect(await called(reader)).toBe(10);
  });
});

describe("a script that assigns in ways which do not show", () => {
  const script = (text: string) => new Function(`${text}`)() as { read: () => unknown; write: () => void };

  test.each([
    ["eval", 'let x = 1; return { read: () => x, write: () => eval("x = 2") }'],
    ["with", "let x = 1; return { read: () => x, write: () => { with ({}) x = 2 } }"],
    ["arguments", "return (function (x) { return { read: () => x, write: () => { arguments[0] = 2 } } })(1)"],
    [
      "a second var",
      "var x = 1; const read = () => x; return { read, write: later }; function later() { x = 2 } var x",
    ],
    ["a compound assignment", "let x = 1; return { read: () => x, write: () => { x &&= 2 } }"],
    [
      "an object pattern",
      "let x = 1; return { read: () => x, write: () => { ({ a: { x } = {} } = { a: { x: 2 } }) } }",
    ],
    ["the rest of a pattern", "let x = 1; return { read: () => String(x), write: () => { [...x] = [2] } }"],
    ["a class", "let x = 1; return { read: () => x, write: () => { class A { static { x = 2 } } } }"],
    ["a loop in", "let x = 1; return { read: () => x, write: () => { for (x in { 2: 0 }); } }"],
  ])("by %s", async (_, text) => {
    const { read, write } = script(text);
    settled(read);
    write();
    expect(await called(read)).toBe(read());
  });
});
