/** The smallest task that still has an argument and a result. */
export function square(value: number): number {
  return value * value;
}
