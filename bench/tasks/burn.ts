/** A fixed amount of arithmetic, which takes longer when a core is shared: for questions of throughput. */
export function burn(iterations: number): number {
  let state = 12345;
  for (let at = 0; at < iterations; at++) state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
  return state;
}

/** How many iterations of `burn` take that many milliseconds on this machine, now. */
export function burnIterations(milliseconds: number): number {
  burn(1_000_000);
  const probe = 5_000_000;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    burn(probe);
    best = Math.min(best, performance.now() - start);
  }
  return Math.round((probe * milliseconds) / best);
}
