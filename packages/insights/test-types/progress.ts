import { asCompleted, type Executor, type Future, type MapIterator } from "@concurrent-futures/core";
import { type ProgressStats, progress } from "@concurrent-futures/insights/progress";

/** Whether two types are the very same: `any` is equal to nothing but itself. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_T extends true>(): void {}

declare const executor: Executor;
declare const futures: Future<string>[];

// What a map gives comes back as it is; futures give a promise.
const squares = progress(
  executor.map((x: number) => x * x, [1, 2]),
  { label: "square" },
);
holds<Equal<typeof squares, MapIterator<number>>>();
const completed = progress(asCompleted(futures), { mode: "log" });
for await (const future of completed) holds<Equal<typeof future, Future<string>>>();
const all = progress(futures);
holds<Equal<typeof all, Promise<void>>>();
progress(squares, {
  format: (stats) => {
    holds<Equal<typeof stats, ProgressStats>>();
    return "line";
  },
});

// @ts-expect-error a plain array holds no work
progress([1, 2, 3]);
// @ts-expect-error a mode has a name
progress(squares, { mode: "loud" });
// @ts-expect-error a typing mistake
progress(squares, { lable: "square" });
