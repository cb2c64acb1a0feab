/** The slow way on purpose: it keeps a core busy. */
export function fib(n: number): number {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
