import { performance } from "node:perf_hooks";

/** Runs `work` and prints how long it took, in the same form for all examples. Gives what `work` gave. */
export async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  console.log(`  ${what.padEnd(44)} ${seconds.toFixed(3).padStart(7)} s`);
  return result;
}
