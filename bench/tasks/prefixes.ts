const wordLength = 20;
/** Prefixes of one to three bytes. */
const longest = 3;

/** Documents of words of twenty random bytes: even ones three times as long as odd ones. */
export interface Documents {
  readonly bytes: Uint8Array;
  /** Where each document begins, in words; one more entry for the end. */
  readonly starts: readonly number[];
}

/** How long each document is, in words. */
export function documentLengths(count: number, words: number): number[] {
  return Array.from({ length: count }, (_, at) => (at % 2 === 0 ? words * 3 : words));
}

/** Seeded documents in shared memory, by the generator that the Python side uses too. */
export function makeDocuments(count: number, words: number): Documents {
  const starts = [0];
  for (const length of documentLengths(count, words)) starts.push((starts.at(-1) as number) + length);
  const size = (starts.at(-1) as number) * wordLength;
  const bytes = new Uint8Array(new SharedArrayBuffer(size));
  let state = 42;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return { bytes, starts };
}

let counts = new Map<number, number>();
let words = 0;

/** Counts every prefix of every word of one document in this worker's own map. */
export function countPrefixes(bytes: Uint8Array, from: number, to: number): void {
  for (let word = from; word < to; word++) {
    let prefix = 0;
    for (let at = 0; at < longest; at++) {
      prefix = prefix * 256 + (bytes[word * wordLength + at] as number) + 1;
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  words += to - from;
}

/** What one worker has found. */
export interface Found {
  readonly words: number;
  /** The prefixes that it saw more than three times. */
  readonly popular: readonly number[];
}

/** Gives what this thread has counted, and forgets it. */
export function popularPrefixes(): Found {
  const popular: number[] = [];
  for (const [prefix, count] of counts) if (count > 3) popular.push(prefix);
  const found = { words, popular };
  counts = new Map();
  words = 0;
  return found;
}

/**
 * As `popularPrefixes`, of one worker each: whoever has answered waits for the others, so that nobody answers twice.
 * A pool without a hook at a worker's end needs this.
 */
export function popularPrefixesOfEach(arrived: Int32Array, workers: number): Found {
  const found = popularPrefixes();
  let seen = Atomics.add(arrived, 0, 1) + 1;
  Atomics.notify(arrived, 0);
  while (seen < workers) {
    if (Atomics.wait(arrived, 0, seen, 10_000) === "timed-out") throw new Error("not every worker has come");
    seen = Atomics.load(arrived, 0);
  }
  return found;
}
