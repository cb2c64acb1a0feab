import { ProcessPoolExecutor, share } from "@concurrent-futures/process";

const pool = new ProcessPoolExecutor();
using table = share(new Float64Array(3));
const length = (array: Float64Array): number => array.length;
pool.submit(length, table);
pool.map(length, [table, new Float64Array(1)]);
table satisfies Disposable;
pool.stats().shared.sent satisfies number;

// @ts-expect-error it is typed as what it stands for
pool.submit((text: string) => text, table);
