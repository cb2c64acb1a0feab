import { type move, type TaskReference, task, tasksFrom } from "@concurrent-futures/callable";
import { expect, test } from "@jest/globals";

/** What the types promise; the compiler checks this file, and the runner that nothing of it runs otherwise. */

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<T extends true>(_proof?: T): void {}

interface Tasks {
  fib(n: number): number;
  first<T>(list: readonly T[]): Promise<T>;
  readonly version: string;
}
const url = new URL("file:///tasks.js");

test("tasks are typed as the module's functions", () => {
  const tasks = tasksFrom<Tasks>(url);
  same<Equal<keyof typeof tasks, "fib" | "first">>();
  same<Equal<ReturnType<typeof tasks.fib>, number>>();
  same<Equal<Parameters<typeof tasks.fib>, [n: number]>>();
  const generic: <T>(list: readonly T[]) => Promise<T> = tasks.first;
  // @ts-expect-error: a constant is no task
  void tasks.version;
  // @ts-expect-error: nor is what the module does not have
  void tasks.fibonacci;
  expect(generic.name).toBe("first");
});

test("a task has the type that it is given, or takes anything", () => {
  const fib = task<(n: number) => number>(url, "fib");
  same<Equal<ReturnType<typeof fib>, number>>();
  const wrong = (): unknown =>
    // @ts-expect-error: not a number
    fib("5");
  const unknownTask: TaskReference = task(url, "fib");
  const submit = <A extends unknown[], R>(fn: (...args: A) => R, ..._args: A): R | undefined => void fn;
  expect(submit(unknownTask, 1, "two")).toBeUndefined();
  expect(submit(fib, 1)).toBeUndefined();
  // @ts-expect-error: not a number
  submit(fib, "one");
  expect(typeof wrong).toBe("function");
});

test("move keeps the type", () => {
  same<Equal<ReturnType<typeof move<Float64Array>>, Float64Array>>();
});
