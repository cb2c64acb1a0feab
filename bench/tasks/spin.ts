/** Keeps its thread busy for that many milliseconds of wall time, however fast the machine: for questions of order. */
export function spin(milliseconds: number): number {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  return milliseconds;
}
