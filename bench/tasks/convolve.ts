const filterSide = 4;
const every = 5;

/** The image of the benchmark: a ramp, so that a checksum means something. */
export function makeImage(side: number, share: boolean): Float64Array {
  const image = share
    ? new Float64Array(new SharedArrayBuffer(side * side * 8))
    : new Float64Array(side * side);
  for (let at = 0; at < image.length; at++) image[at] = (at % 251) / 251;
  return image;
}

/** The filter of that number, by a formula that the Python side knows too. */
export function filterNumber(number: number): Float64Array {
  return Float64Array.from(
    { length: filterSide * filterSide },
    (_, at) => (((number * 16 + at + 1) * 7919) % 1000) / 1000 - 0.5,
  );
}

/** Full 2-D convolution; of the result every fifth row and column is given back. */
export function convolve(image: Float64Array, side: number, filter: Float64Array): Float64Array {
  const width = side + filterSide - 1;
  const full = new Float64Array(width * width);
  for (let y = 0; y < filterSide; y++) {
    const [a = 0, b = 0, c = 0, d = 0] = filter.subarray(y * filterSide, (y + 1) * filterSide);
    for (let row = 0; row < side; row++) {
      const target = (row + y) * width;
      const source = row * side;
      let before3 = 0;
      let before2 = 0;
      let before1 = 0;
      for (let column = 0; column < side; column++) {
        const value = image[source + column] as number;
        full[target + column] =
          (full[target + column] as number) + a * value + b * before1 + c * before2 + d * before3;
        before3 = before2;
        before2 = before1;
        before1 = value;
      }
      full[target + side] = (full[target + side] as number) + b * before1 + c * before2 + d * before3;
      full[target + side + 1] = (full[target + side + 1] as number) + c * before1 + d * before2;
      full[target + side + 2] = (full[target + side + 2] as number) + d * before1;
    }
  }
  return sample(full, width);
}

function sample(full: Float64Array, width: number): Float64Array {
  const count = Math.ceil(width / every);
  const result = new Float64Array(count * count);
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      result[row * count + column] = full[row * every * width + column * every] as number;
    }
  }
  return result;
}
