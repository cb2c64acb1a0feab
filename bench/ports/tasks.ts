import type { JoinableQueue, SynchronizedValue } from "concurrent-futures/multiprocessing";

/** What the workers of the ported programs run; each function as in the Python program beside it. */

export function countInside(seed: number, points: number): number {
  let state = seed;
  let inside = 0;
  for (let at = 0; at < points; at++) {
    state = (state * 16807) % 2147483647;
    const x = state / 2147483647;
    state = (state * 16807) % 2147483647;
    const y = state / 2147483647;
    if (x * x + y * y < 1) inside++;
  }
  return inside;
}

export function countWords([number, words]: readonly [number: number, words: number]): number {
  if (number % 10 === 7) throw new RangeError(`text ${number} is broken`);
  const counts = new Map<string, number>();
  for (let at = 0; at < words; at++) {
    const word = `w${(at * (number + 1)) % 97}`;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts.size + Math.max(...counts.values());
}

export async function work(
  queue: JoinableQueue<number | null>,
  total: SynchronizedValue<"i">,
): Promise<void> {
  for (;;) {
    const given = await queue.get();
    if (given !== null) {
      let number = given;
      let steps = 0;
      while (number !== 1) {
        number = number % 2 === 0 ? number / 2 : 3 * number + 1;
        steps++;
      }
      await total.run(() => {
        total.value += steps;
      });
    }
    await queue.taskDone();
    if (given === null) return;
  }
}

export function checksum(number: number, rounds: number, attempt: number): number {
  if (attempt <= number % 3) throw new RangeError(`job ${number} failed in attempt ${attempt}`);
  let value = number + 1;
  for (let at = 0; at < rounds; at++) value = (value * 48271) % 2147483647;
  return value;
}
