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

/**
 * Full 2-D convolution; of the result every fifth row and column is given back. Row by row of the result, as a library in C
 * does it: going through the image once for each row of the filter would wait for memory, of which two cores have no more
 * than one.
 */
export function convolve(image: Float64Array, side: number, filter: Float64Array): Float64Array {
  const width = side + filterSide - 1;
  const full = new Float64Array(width * width);
  for (let row = 0; row < width; row++) {
    const first = Math.max(0, row - side + 1);
    for (let y = first; y < filterSide && y <= row; y++) {
      const weights = filter.subarray(y * filterSide, (y + 1) * filterSide);
      addRow(full, row * width, image, (row - y) * side, side, weights);
    }
  }
  return sample(full, width);
}

/** Adds one row of the image, convolved with one row of the filter. */
function addRow(
  full: Float64Array,
  target: number,
  image: Float64Array,
  source: number,
  side: number,
  [a = 0, b = 0, c = 0, d = 0]: Float64Array,
): void {
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
