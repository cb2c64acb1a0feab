import { task, tasksFrom } from "@concurrent-futures/callable";
import type { Executor } from "@concurrent-futures/core";
import { type PoolStats, ProcessPoolExecutor, type ProcessPoolOptions } from "@concurrent-futures/process";

new ProcessPoolExecutor();
new ProcessPoolExecutor(4);
await using pool = new ProcessPoolExecutor({
  maxWorkers: 4,
  mpContext: "spawn",
  initializer: (path: string) => path.length,
  initargs: ["model.bin"],
  maxTasksPerChild: 100,
  onWorkerCrash: "break",
  resourceLimits: { maxOldGenerationSizeMb: 512 },
  env: { ...process.env, LEVEL: "1" },
  execArgv: ["--enable-source-maps"],
  idleTimeout: 1_000,
});
pool.stats() satisfies PoolStats;

// Functions that are named outright keep their types.
const url = new URL("./tasks.js", import.meta.url);
const fib = task<(n: number) => bigint>(url, "fib");
(await pool.submit(fib, 30)) satisfies bigint;
const tasks = tasksFrom<{ area: (w: number, h: number) => number; version: string }>(url);
(await pool.submit(tasks.area, 2, 3)) satisfies number;
(await pool.map(tasks.area, [1, 2], [3, 4]).toArray()) satisfies number[];

// A pool is the same whatever its initializer takes, and options can be handed on.
pool satisfies ProcessPoolExecutor;
const anyPool: ProcessPoolExecutor = new ProcessPoolExecutor({
  initializer: (_n: number) => {},
  initargs: [1],
});
const handOn = (options: ProcessPoolOptions): ProcessPoolExecutor => new ProcessPoolExecutor(options);
handOn({ initializer: (_n: number) => {}, initargs: [1] }) satisfies typeof anyPool;
new ProcessPoolExecutor({ initializer: () => {} });
new ProcessPoolExecutor({ initializer: (_level = 1) => {} });
new ProcessPoolExecutor({ initializer: (..._names: string[]) => {}, initargs: ["a", "b"] });

// A view has the members of the pool, and can be seen through in turn.
const view = pool.withOptions({ priority: 1 });
view satisfies Executor;
view.stats() satisfies PoolStats;
view.withOptions({ timeout: 5 }).maxWorkers satisfies number;
view.exitResults() satisfies Promise<unknown[]>;
(await view.submit(fib, 30)) satisfies bigint;

// What must not compile.
// @ts-expect-error: the initializer takes a text and a number
new ProcessPoolExecutor({ initializer: (_s: string, _n: number) => {}, initargs: ["not a number", "3"] });
// @ts-expect-error: the initializer needs its argument
new ProcessPoolExecutor({ initializer: (_s: string) => {} });
// @ts-expect-error: it takes one argument only
new ProcessPoolExecutor({ initializer: (_s: string) => {}, initargs: ["a", "b"] });
// @ts-expect-error: there is no fork
new ProcessPoolExecutor({ mpContext: "fork" });
// @ts-expect-error: replace or break
new ProcessPoolExecutor({ onWorkerCrash: "ignore" });
// @ts-expect-error: Python's name
new ProcessPoolExecutor({ max_workers: 4 });
// @ts-expect-error: fib takes a number
pool.submit(fib, "30");
// @ts-expect-error: an argument is missing
pool.submit(tasks.area, 2);
// @ts-expect-error: what is no function is no task
pool.submit(tasks.version);
// @ts-expect-error: the module has no such export
pool.submit(tasks.perimeter, 2, 3);
