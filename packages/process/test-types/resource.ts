import { ProcessPoolExecutor, resource } from "@concurrent-futures/process";

const model = resource(async () => ({ size: 3 }), { dispose: ({ size }) => console.log(size) });
const get: () => Promise<{ size: number }> = model;
const pool = new ProcessPoolExecutor({ finalizer: () => get() });
const size: Promise<number> = pool
  .submit(async (given: typeof model) => (await given()).size, model)
  .result();
const results: Promise<unknown[]> = pool.exitResults();

export { results, size };

// @ts-expect-error `create` is no function
resource(3);
// @ts-expect-error it is disposed as what it is
resource(() => 3, { dispose: (text: string) => console.log(text) });
// @ts-expect-error no such option
resource(() => 3, { close: () => {} });
// @ts-expect-error a finalizer has no arguments
new ProcessPoolExecutor({ finalizer: (n: number) => n });
