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

/**
 * The newest segments as they were, older ones merged per worker and stretch of time: memory stays bounded, and no call
 * goes uncounted.
 */
export class Segments {
  readonly #most: number;
  #kept: Segment[] = [];
  #resolution = 10;
  #merged = 0;

  /** @param most - how many are kept at most */
  constructor(most: number) {
    this.#most = most;
  }

  get all(): readonly Segment[] {
    return this.#kept;
  }

  /** How many are no more there by themselves, and the milliseconds within which they were merged. */
  get merged(): { readonly segments: number; readonly within: number } {
    return { segments: this.#merged, within: this.#merged === 0 ? 0 : this.#resolution / 2 };
  }

  add(segment: Segment): void {
    this.#kept.push(segment);
    if (this.#kept.length > this.#most) this.#merge();
  }

  /** Merges the older half; each time within twice the stretch, so that it always makes room in the end. */
  #merge(): void {
    const before = this.#kept.length;
    const half = before >> 1;
    const places = new Map<string, Segment>();
    for (const one of this.#kept.slice(0, half)) {
      const key = `${one.workerId} ${Math.floor(one.from / this.#resolution)}`;
      const other = places.get(key);
      places.set(key, other === undefined ? one : join(other, one));
    }
    this.#kept = [...places.values(), ...this.#kept.slice(half)];
    this.#merged += before - this.#kept.length;
    this.#resolution *= 2;
  }
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
