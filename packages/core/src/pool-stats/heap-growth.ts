/** How many samples are kept; when there are more, each two become one. */
const mostSamples = 64;

/** Fewer samples than this say nothing. */
const fewest = 8;

interface Sample {
  /** Calls that had ended. */
  readonly calls: number;
  readonly heap: number;
}

/**
 * Whether a heap grows for good. What is in use goes up and down with each collection, so the lowest values count: a heap grows when
 * the lowest value of each quarter of its samples is above that of the quarter before.
 */
export class HeapGrowth {
  #samples: Sample[] = [];
  #stride = 1;
  #skipped = 0;
  // The lowest since the last sample that was kept.
  #lowest = Number.POSITIVE_INFINITY;

  add(calls: number, heap: number): void {
    this.#lowest = Math.min(this.#lowest, heap);
    if (++this.#skipped < this.#stride) return;
    this.#samples.push({ calls, heap: this.#lowest });
    this.#skipped = 0;
    this.#lowest = Number.POSITIVE_INFINITY;
    if (this.#samples.length < mostSamples) return;
    this.#samples = this.#samples.flatMap((one, at) => {
      const other = this.#samples[at + 1];
      return at % 2 === 1 || other === undefined
        ? []
        : [{ calls: other.calls, heap: Math.min(one.heap, other.heap) }];
    });
    this.#stride *= 2;
  }

  /** Bytes by which it has grown since its second quarter, and per call; undefined when it does not grow for good. */
  get growth(): { readonly bytes: number; readonly perCall: number } | undefined {
    const { length } = this.#samples;
    if (length < fewest) return undefined;
    const lows = [0, 1, 2, 3].map((quarter) =>
      this.#samples
        .slice(Math.floor((length * quarter) / 4), Math.floor((length * (quarter + 1)) / 4))
        .reduce((low, one) => (one.heap < low.heap ? one : low)),
    ) as [Sample, Sample, Sample, Sample];
    if (!lows.every((low, at) => at === 0 || low.heap > (lows[at - 1] as Sample).heap)) return undefined;
    const bytes = lows[3].heap - lows[1].heap;
    return { bytes, perCall: bytes / Math.max(1, lows[3].calls - lows[1].calls) };
  }
}
