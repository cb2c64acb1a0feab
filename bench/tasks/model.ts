const inputs = 784;
const hidden = 512;
const outputs = 10;

interface Model {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

let model: Model | undefined;

/** Occupies the processor for that long: the fixed part of the initialisation. */
function occupy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

function loadModel(initMilliseconds: number): Model {
  occupy(initMilliseconds);
  return {
    first: Float64Array.from(
      { length: inputs * hidden },
      (_, at) => (((at * 7919) % 1009) / 1009 - 0.5) * 0.1,
    ),
    second: Float64Array.from({ length: hidden * outputs }, (_, at) => ((at * 104_729) % 1013) / 1013 - 0.5),
  };
}

/** Loads the model once per worker: an executor's `initializer`. */
export function initializeModel(initMilliseconds: number): void {
  model = loadModel(initMilliseconds);
}

/** Evaluates that many rows; loads the model first where nobody has. Gives the sum of the predicted classes plus `index`. */
export function evaluate(index: number, rows: number, initMilliseconds: number): number {
  const { first, second } = model ?? loadModel(initMilliseconds);
  let sum = index;
  const layer = new Float64Array(hidden);
  for (let row = 0; row < rows; row++) {
    layer.fill(0);
    for (let input = 0; input < inputs; input++) {
      const value = ((index * 31 + row * 17 + input * 13) % 256) / 255;
      const offset = input * hidden;
      for (let at = 0; at < hidden; at++)
        layer[at] = (layer[at] as number) + value * (first[offset + at] as number);
    }
    sum += predict(layer, second);
  }
  return sum;
}

function predict(layer: Float64Array, second: Float64Array): number {
  let best = 0;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let output = 0; output < outputs; output++) {
    let score = 0;
    for (let at = 0; at < hidden; at++) {
      score += Math.max(0, layer[at] as number) * (second[at * outputs + output] as number);
    }
    if (score > bestScore) [best, bestScore] = [output, score];
  }
  return best;
}
