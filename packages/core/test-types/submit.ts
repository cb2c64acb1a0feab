import type { Executor, Future } from "@concurrent-futures/core";
import { type Equal, holds } from "./equal.ts";

declare const executor: Executor;

// The result is what the function returns; a promise is awaited.
const square = (x: number): number => x * x;
const squared = executor.submit(square, 3);
holds<Equal<typeof squared, Future<number>>>();

const load = async (path: string): Promise<Uint8Array> => new Uint8Array(path.length);
const loaded = executor.submit(load, "x");
holds<Equal<typeof loaded, Future<Uint8Array>>>();
const bytes = await loaded;
holds<Equal<typeof bytes, Uint8Array>>();

const nothing = executor.submit(() => {});
holds<Equal<typeof nothing, Future<void>>>();

const thenable = executor.submit((): PromiseLike<"later"> => Promise.resolve("later"));
holds<Equal<typeof thenable, Future<"later">>>();

// Generic functions take the types of their arguments.
function identity<T>(value: T): T {
  return value;
}
const same = executor.submit(identity<{ id: number }>, { id: 1 });
holds<Equal<typeof same, Future<{ id: number }>>>();
const inferred = executor.submit(identity, "text");
holds<Equal<Awaited<typeof inferred> extends string ? true : false, true>>();

function pair<A, B>(a: A, b: B): [A, B] {
  return [a, b];
}
const paired = executor.submit(pair<number, string>, 1, "a");
holds<Equal<typeof paired, Future<[number, string]>>>();

// Overloads: each may be called, and gives its own result.
function parse(text: string): string[];
function parse(number: number, base: number): number[];
function parse(value: string | number, base?: number): string[] | number[] {
  return typeof value === "string" ? [value] : [value, base ?? 10];
}
const texts = executor.submit(parse, "a");
holds<Equal<typeof texts, Future<string[]>>>();
const numbers = executor.submit(parse, 5, 2);
holds<Equal<typeof numbers, Future<number[]>>>();

// Rest, default and optional parameters.
const sum = (...terms: number[]): number => terms.length;
const total = executor.submit(sum, 1, 2, 3);
holds<Equal<typeof total, Future<number>>>();
executor.submit(sum);
const greet = (name: string, greeting = "Hello"): string => greeting + name;
executor.submit(greet, "a");
executor.submit(greet, "a", "Hi");
const opt = (a: number, b?: string): string => b ?? String(a);
executor.submit(opt, 1);
executor.submit(opt, 1, "b");

// Built-in functions and methods.
const root = executor.submit(Math.sqrt, 2);
holds<Equal<typeof root, Future<number>>>();
executor.submit(JSON.parse, "{}");

// What must not compile.
// @ts-expect-error: a string is no number
executor.submit(square, "3");
// @ts-expect-error: an argument is missing
executor.submit(square);
// @ts-expect-error: one argument too many
executor.submit(square, 1, 2);
// @ts-expect-error: no overload takes a boolean
executor.submit(parse, true);
// @ts-expect-error: the second overload needs its base
executor.submit(parse, 5);
// @ts-expect-error: a rest argument of the wrong type
executor.submit(sum, 1, "2");
// @ts-expect-error: no function
executor.submit("square", 3);
// @ts-expect-error: there is nothing to call
executor.submit();
// @ts-expect-error: a default argument of the wrong type
executor.submit(greet, "a", 5);
// @ts-expect-error: the result is a number
executor.submit(square, 3) satisfies Future<string>;
