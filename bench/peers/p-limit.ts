import pLimit from "p-limit";

/** The limiter that `ThreadPoolExecutor` stands on, used directly. */
export function openLimit(concurrency: number): (call: () => Promise<unknown>) => Promise<unknown> {
  return pLimit(concurrency);
}

export const limitSettings = (concurrency: number): string => `p-limit 7.3.3, pLimit(${concurrency})`;
