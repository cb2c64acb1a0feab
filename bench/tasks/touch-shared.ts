/** Reads and writes one element of shared memory: proof that the worker has the very same bytes. */
export function touchShared(values: Float64Array): number {
  values[0] = (values[0] ?? 0) + 1;
  return values.length;
}
