import {
  type AsyncResult,
  type IMapIterator,
  type MapResult,
  Pool,
} from "@concurrent-futures/multiprocessing";

/** Calls of a pool: by functions of one form, of several, and generic ones. */

function parse(text: string): number;
function parse(text: string, base: number): bigint;
function parse(value: number): string;
function parse(value: string | number, base?: number): number | bigint | string {
  return base === undefined ? String(value) : BigInt(value);
}
const same = <T>(value: T): T => value;
const add = async (a: number, b: number): Promise<number> => a + b;

const pool = new Pool(2);

// One form.
pool.apply(add, [1, 2]) satisfies Promise<number>;
pool.applySync(add, [1, 2]) satisfies number;
pool.applyAsync(add, [1, 2], { callback: (sum: number) => void sum }) satisfies AsyncResult<number>;
pool.starmap(add, [[1, 2]]) satisfies Promise<number[]>;
pool.apply(() => 1) satisfies Promise<number>;
pool.map(same<string>, ["a"]) satisfies Promise<string[]>;

// Several: the one that fits.
pool.apply(parse, ["1"]) satisfies Promise<number>;
pool.apply(parse, ["1", 2]) satisfies Promise<bigint>;
pool.apply(parse, [1]) satisfies Promise<string>;
pool.applySync(parse, ["1"]) satisfies number;
pool.applyAsync(parse, ["1"]) satisfies AsyncResult<number>;
pool.map(parse, ["1"]) satisfies Promise<number[]>;
pool.map(parse, [1]) satisfies Promise<string[]>;
pool.mapSync(parse, ["1"]) satisfies number[];
pool.mapAsync(parse, ["1"]) satisfies MapResult<number>;
pool.imap(parse, ["1"]) satisfies IMapIterator<number>;
pool.imapUnordered(parse, ["1"]) satisfies IMapIterator<number>;
pool.starmap(parse, [["1", 2] as [string, number]]) satisfies Promise<bigint[]>;
pool.starmapSync(parse, [["1"] as [string]]) satisfies number[];
pool.starmapAsync(parse, [["1"] as [string]]) satisfies MapResult<number>;

// What must not compile.
// @ts-expect-error: arguments are missing
pool.apply(add);
// @ts-expect-error: one argument is missing
pool.apply(add, [1]);
// @ts-expect-error: no overload takes a boolean
pool.apply(parse, [true]);
// @ts-expect-error: no overload takes a boolean
pool.map(parse, [true]);
// @ts-expect-error: no overload takes a boolean
pool.imap(parse, [true]);
// @ts-expect-error: no overload takes three
pool.starmap(parse, [["1", 2, 3] as [string, number, number]]);
// @ts-expect-error: the callback gets a number
pool.applyAsync(add, [1, 2], { callback: (sum: string) => void sum });
