import { ThreadPoolExecutor } from "@concurrent-futures/thread";

new ThreadPoolExecutor();
new ThreadPoolExecutor(8);
await using pool = new ThreadPoolExecutor({
  maxWorkers: 8,
  threadNamePrefix: "download",
  initializer: (name: string, retries: number) => name.repeat(retries),
  initargs: ["x", 3],
});
const { running, pending } = pool.stats();
running satisfies number;
pending satisfies number;
(await pool.submit(async (x: number) => [x], 1)) satisfies number[];

pool satisfies ThreadPoolExecutor;
new ThreadPoolExecutor({ initializer: () => {} });

// What must not compile.
// @ts-expect-error: the initializer takes a text and a number
new ThreadPoolExecutor({ initializer: (_s: string, _n: number) => {}, initargs: ["x", "3"] });
// @ts-expect-error: the initializer needs its argument
new ThreadPoolExecutor({ initializer: (_s: string) => {} });
// @ts-expect-error: a number, not a text
new ThreadPoolExecutor("8");
// @ts-expect-error: Python's name
new ThreadPoolExecutor({ max_workers: 8 });
// @ts-expect-error: options or a number, not both
new ThreadPoolExecutor(8, { threadNamePrefix: "download" });
// @ts-expect-error: an initializer is a function
new ThreadPoolExecutor({ initializer: "setUp" });
// @ts-expect-error: undefined is not a number of workers
new ThreadPoolExecutor({ maxWorkers: undefined });
