/** A stretch of time in which a worker ran calls that came back in one message. Times are milliseconds since 1970. */
export interface Segment {
  readonly workerId: number;
  readonly function: string;
  readonly from: number;
  readonly to: number;
  readonly calls: number;
  readonly failed: number;
}

/** The name of what was several segments of different functions. */
const mixed = "(several functions)";

/** Milliseconds: the first stretch within which segments of a worker are merged, and one that spans everything. */
const firstStretch = 10;
const longestStretch = 2 ** 42;

/** A merge that leaves more of what it was given than this is repeated within a longer stretch. */
const enough = 0.75;

/**
 * The newest segments as they were, older ones merged per worker and stretch of time: memory stays bounded. A call goes
 * uncounted only where merging cannot help, since each call had a worker of its own.
 */
export class Segments {
  readonly #most: number;
  #kept: Segment[] = [];
  #stretch = firstStretch;
  #merged = 0;
  #leftOut = 0;
  #added = 0;

  /** @param most - how many are kept at most; 2 or more */
  constructor(most: number) {
    this.#most = most;
  }

  get all(): readonly Segment[] {
    return this.#kept;
  }

  /** How many were ever added. */
  get added(): number {
    return this.#added;
  }

  /** How many are no longer there by themselves, and the milliseconds within which they were merged. */
  get merged(): { readonly segments: number; readonly within: number } {
    return { segments: this.#merged, within: this.#merged === 0 ? 0 : this.#stretch };
  }

  /** How many calls are in no segment. */
  get leftOut(): number {
    return this.#leftOut;
  }

  add(segment: Segment): void {
    this.#added++;
    this.#kept.push(segment);
    if (this.#kept.length > this.#most) this.#makeRoom();
  }

  #makeRoom(): void {
    const half = this.#kept.length >> 1;
    const older = this.#kept.slice(0, half);
    let merged = mergeWithin(this.#stretch, older);
    while (merged.length > half * enough && this.#stretch < longestStretch) {
      this.#stretch *= 2;
      merged = mergeWithin(this.#stretch, older);
    }
    this.#merged += half - merged.length;
    const tooMany = merged.length > half * enough ? merged.splice(0, Math.ceil(half / 2)) : [];
    for (const { calls } of tooMany) this.#leftOut += calls;
    this.#kept = [...merged, ...this.#kept.slice(half)];
  }
}

function mergeWithin(stretch: number, segments: readonly Segment[]): Segment[] {
  const places = new Map<string, Segment>();
  for (const one of segments) {
    const key = `${one.workerId} ${Math.floor(one.from / stretch)}`;
    const other = places.get(key);
    places.set(key, other === undefined ? one : join(other, one));
  }
  return [...places.values()];
}

function join(one: Segment, other: Segment): Segment {
  return {
    workerId: one.workerId,
    function: one.function === other.function ? one.function : mixed,
    from: Math.min(one.from, other.from),
    to: Math.max(one.to, other.to),
    calls: one.calls + other.calls,
    failed: one.failed + other.failed,
  };
}
