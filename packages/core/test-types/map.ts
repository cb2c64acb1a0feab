import type { Executor, MapIterator, MapStats, TaskOptions } from "@concurrent-futures/core";
import { type Equal, holds } from "./equal.ts";

declare const executor: Executor;
declare const stream: AsyncIterable<number>;

const square = (x: number): number => x * x;
const join = (a: number, b: string): string => a + b;
const three = async (a: number, b: string, c: boolean): Promise<[number, string, boolean]> => [a, b, c];

// One to three iterables, synchronous or not, with and without options.
const one = executor.map(square, [1, 2]);
holds<Equal<typeof one, MapIterator<number>>>();
const ofStream = executor.map(square, stream, { buffersize: 2 });
holds<Equal<typeof ofStream, MapIterator<number>>>();
const two = executor.map(join, [1, 2], new Set(["a"]), { timeout: 5, chunksize: "auto" });
holds<Equal<typeof two, MapIterator<string>>>();
const ofThree = executor.map(three, [1], ["a"], [true]);
holds<Equal<typeof ofThree, MapIterator<[number, string, boolean]>>>();
const unordered = executor.mapUnordered(join, [1], ["a"]);
holds<Equal<typeof unordered, MapIterator<string>>>();
const inline = executor.map((x: number) => ({ x }), [1]);
holds<Equal<typeof inline, MapIterator<{ x: number }>>>();

// Looping and collecting give results, not promises of them.
for await (const result of executor.map(three, [1], ["a"], [true])) {
  holds<Equal<typeof result, [number, string, boolean]>>();
}
const all = await ofThree.toArray();
holds<Equal<typeof all, [number, string, boolean][]>>();

// Rows of arguments.
const rows: [number, string][] = [[1, "a"]];
const starred = executor.starmap(join, rows);
holds<Equal<typeof starred, MapIterator<string>>>();

// Overloads, as in submit.
function parse(text: string): string[];
function parse(number: number, base: number): number[];
function parse(value: string | number, base?: number): string[] | number[] {
  return typeof value === "string" ? [value] : [value, base ?? 10];
}
const texts = executor.map(parse, ["a"]);
holds<Equal<typeof texts, MapIterator<string[]>>>();
const numbers = executor.mapUnordered(parse, [1], [2], { chunksize: 5 });
holds<Equal<typeof numbers, MapIterator<number[]>>>();
const parsed = executor.starmap(parse, [["a"], ["b"]] as [string][]);
holds<Equal<typeof parsed, MapIterator<string[]>>>();
// @ts-expect-error: no overload takes a boolean
executor.map(parse, [true]);
// @ts-expect-error: the second overload needs its base
executor.starmap(parse, [[1]] as [number][]);

// What can be moved is what Node can move.
executor.withOptions({
  transfer: [new ArrayBuffer(1), new MessageChannel().port1, new ReadableStream(), new TransformStream()],
});
// @ts-expect-error: any object is not
executor.withOptions({ transfer: [{}] });
// @ts-expect-error: nor is a function
executor.withOptions({ transfer: [() => {}] });
// @ts-expect-error: a view is not moved, its buffer is
executor.withOptions({ transfer: [new Uint8Array(1)] });

// Options for tasks, in front of everything.
const view = executor.withOptions({
  priority: 1,
  timeout: 5,
  name: "x",
  signal: new AbortController().signal,
});
view satisfies Executor;
const named: TaskOptions = { transfer: [new ArrayBuffer(1)] };
view.withOptions(named).submit(square, 1);

// What must not compile.
// @ts-expect-error: strings are no numbers
executor.map(square, ["1"]);
// @ts-expect-error: a number is not iterable
executor.map(square, 5);
// @ts-expect-error: an iterable is missing
executor.map(join, [1]);
// @ts-expect-error: an unknown option
executor.map(square, [1], { chunkSize: 1 });
// @ts-expect-error: a wrong chunksize
executor.map(square, [1], { chunksize: "large" });
// @ts-expect-error: the options come last
executor.map(join, [1], { timeout: 1 }, ["a"]);
// @ts-expect-error: a row too short
executor.starmap(join, [[1]]);
// @ts-expect-error: an unknown option
executor.withOptions({ prio: 1 });
// @ts-expect-error: a wrong priority
executor.withOptions({ priority: "high" });

// Counts: of calls that are there to be read only.
holds<Equal<ReturnType<typeof one.stats>, MapStats>>();
one.addDoneCallback((end) => holds<Equal<typeof end, "done" | "failed" | "left">>());
// @ts-expect-error the total may not be known
one.stats().total.toFixed();
// @ts-expect-error counts are not set from outside
one.stats().done = 1;
