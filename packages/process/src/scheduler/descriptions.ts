import type { DescribedStats } from "@concurrent-futures/core/pool-stats";

/** One in this number is timed: to look at the clock costs as much as to find the description of an exported function. */
const timedOne = 16;

/** Functions by name that are counted by themselves. */
const mostFunctions = 1_000;

/** How often functions were described for one call, or one map, alone, and about how long that took. */
export class Descriptions {
  #asked = 0;
  readonly #counts: Map<string, { times: number; timed: number; milliseconds: number }> = new Map();

  /** When a description begins; undefined for those that are not timed. */
  begin(): number | undefined {
    return this.#asked++ % timedOne === 0 ? performance.now() : undefined;
  }

  /** It is of use once only. */
  add(name: string, began: number | undefined): void {
    const count = this.#counts.get(name);
    if (count === undefined) {
      // The first pays for loading and compiling what describes, and says nothing about the next.
      if (this.#counts.size < mostFunctions) this.#counts.set(name, { times: 1, timed: 0, milliseconds: 0 });
      return;
    }
    count.times++;
    if (began === undefined) return;
    count.timed++;
    count.milliseconds += performance.now() - began;
  }

  /** The function that took longest, all its descriptions together. */
  get most(): DescribedStats | undefined {
    let most: DescribedStats | undefined;
    for (const [name, { times, timed, milliseconds }] of this.#counts) {
      const all = timed === 0 ? 0 : (milliseconds / timed) * times;
      if (all > (most?.milliseconds ?? 0)) most = { function: name, times, milliseconds: all };
    }
    return most;
  }
}
