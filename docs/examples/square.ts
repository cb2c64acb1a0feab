/** The tutorial's job: so small that only the way counts. */
export function square(n: number): number {
  return n * n;
}

/** The same with two arguments. */
export function multiply(a: number, b: number): number {
  return a * b;
}
