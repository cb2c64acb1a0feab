import { basename } from "node:path";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "concurrent-futures";
import * as mp from "concurrent-futures/multiprocessing";
import { kebabCase } from "lodash-es";
import { z } from "zod";
import { count, fail, fib, parse, produce, TaskError } from "./tasks.js";

/** What is tried in each tool chain, with both kinds of workers. Each check throws, or gives what is not `true`, when it fails. */
const checks = {
  ThreadPoolExecutor: async () => {
    const pool = new ThreadPoolExecutor(2);
    try {
      return (await pool.submit(async (n) => n * 2, 21)) === 42;
    } finally {
      await pool.shutdown();
    }
  },
  reference: async (pool) => (await pool.submit(fib, 15)) === 610,
  closure: async (pool) => {
    const k = 2;
    return (await pool.submit((n) => n * k, 21)) === 42;
  },
  "closure over an import": async (pool) => (await pool.submit((n) => fib(n) + 1, 15)) === 611,
  "builtin module": async (pool) => (await pool.submit((path) => basename(path), "/a/b")) === "b",
  "package in a closure": async (pool) => (await pool.submit((s) => kebabCase(s), "fooBar")) === "foo-bar",
  "schema in a closure": async (pool) => (await pool.submit((s) => z.string().parse(s), "x")) === "x",
  "state of a module": async (pool) => (await pool.submit(parse, { n: 3 })) === 3,
  "counter of a module": async (pool) => (await pool.submit(count)) > 0,
  "error class": async (pool) => {
    const error = await pool.submit(fail, 7).exception();
    return error instanceof TaskError && error.code === 7 ? true : error;
  },
  "error of a package": async (pool) => {
    const error = await pool.submit((value) => z.string().parse(value), 1).exception();
    return error.issues?.length === 1 ? true : error;
  },
  "import()": async (pool) => (await pool.submit(async () => (await import("node:os")).EOL.length)) > 0,
  "import.meta": async (pool) => (await pool.submit(() => import.meta.url.startsWith("file:"))) === true,
  map: async (pool) => (await collect(pool.map((n) => n + 1, Array(1000).keys()))).at(-1) === 1000,
  Pool: async (_, context) => {
    const pool = mp.getContext(context).Pool(1);
    try {
      return (await pool.apply((n) => n * 2, [4])) === 8;
    } finally {
      pool.terminate();
      await pool.join();
    }
  },
  "Process and Queue": async (_, context) => {
    const ctx = mp.getContext(context);
    const queue = ctx.Queue();
    const child = ctx.Process({ target: (q) => produce(q, 10), args: [queue] });
    child.start();
    const value = await queue.get(50_000);
    await child.join();
    return value === 55;
  },
};

/** By context and check: `true`, or the reason why not. */
export async function run(report) {
  for (const context of ["thread", "spawn"]) {
    let pool;
    // Within a check, since that may be refused.
    const shared = () =>
      (pool ??= new ProcessPoolExecutor({ maxWorkers: 1, mpContext: mp.getContext(context) }));
    for (const [name, check] of Object.entries(checks)) {
      report(
        context,
        name,
        await outcome(async () => check(check.length === 0 ? undefined : shared(), context)),
      );
    }
    await pool?.shutdown();
  }
}

async function outcome(check) {
  let timer;
  const late = new Promise((resolve) => {
    // Long enough for a tool that loads a compiler in each worker, on a busy machine.
    timer = setTimeout(resolve, 60_000, "no answer for 60 s");
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return `${error?.name}: ${error?.message}`;
  } finally {
    clearTimeout(timer);
  }
}

async function collect(results) {
  const list = [];
  for await (const result of results) list.push(result);
  return list;
}
