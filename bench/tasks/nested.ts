import type { Executor } from "concurrent-futures";

/** Each call submits two and awaits both: nothing but nested calls. */
export async function nestedFib(n: number, pool: Executor): Promise<number> {
  if (n < 2) return n;
  const [a, b] = await Promise.all([
    pool.submit(nestedFib, n - 1, pool),
    pool.submit(nestedFib, n - 2, pool),
  ]);
  return a + b;
}

/** Sorts by two nested calls, down to lists that are sorted at once. */
export async function nestedQuicksort(numbers: readonly number[], pool: Executor): Promise<number[]> {
  const [pivot, ...rest] = numbers;
  if (pivot === undefined || numbers.length < 500) return [...numbers].sort((a, b) => a - b);
  const less = pool.submit(
    nestedQuicksort,
    rest.filter((n) => n < pivot),
    pool,
  );
  const more = pool.submit(
    nestedQuicksort,
    rest.filter((n) => n >= pivot),
    pool,
  );
  return [...(await less), pivot, ...(await more)];
}

/** The sum of numbers that are shared or sent. */
export function sumOf(numbers: Float64Array): number {
  let sum = 0;
  for (const n of numbers) sum += n;
  return sum;
}

/** Waits for a turn of the timers, as a call does that waits for I/O. */
export async function waitsForTimer(n: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return n;
}
