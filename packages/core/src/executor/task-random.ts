/**
 * Random numbers of one call that depend on the map's seed and the item's index alone: the same in every run, whatever
 * the number of workers. Without a seed they are `Math.random`'s.
 *
 * The generator is sfc32, which passes PractRand; its state comes from the seed's 64 bits and the index.
 */
export function taskRandom(from: readonly [seed: number, index: number] | undefined): () => number {
  if (from === undefined) return Math.random;
  const [seed, index] = from;
  const bits = new Uint32Array(new Float64Array([seed]).buffer);
  let a = bits[0] as number;
  let b = bits[1] as number;
  let c = index >>> 0;
  let counter = Math.floor(index / 2 ** 32) + 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  // Neighbouring indexes differ in one word only: after 15 rounds their numbers have nothing in common.
  for (let round = 0; round < 15; round++) next();
  // 53 bits, as Math.random has.
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}
