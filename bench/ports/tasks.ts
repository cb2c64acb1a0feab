import { ProcessPoolExecutor } from "concurrent-futures";
import type {
  Connection,
  DictProxy,
  JoinableQueue,
  Queue,
  StartMethod,
  SynchronizedArray,
  SynchronizedValue,
} from "concurrent-futures/multiprocessing";

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

let histogram: SynchronizedArray<"i"> | undefined;

export function startHistogram(shared: SynchronizedArray<"i">): void {
  histogram = shared;
}

export async function countIntoHistogram(seed: number, values: number): Promise<void> {
  const own = new Int32Array(16);
  let state = seed;
  for (let at = 0; at < values; at++) {
    state = (state * 16807) % 2147483647;
    (own[state % 16] as number)++;
  }
  const shared = histogram as SynchronizedArray<"i">;
  await shared.run(() => {
    for (const [at, number] of own.entries()) shared.set(at, shared.get(at) + number);
  });
}

export async function serve(connection: Connection): Promise<void> {
  for (;;) {
    const numbers = (await connection.recv()) as number[] | null;
    if (numbers === null) return;
    await connection.send(numbers.reduce((sum, number) => sum + number * number, 0));
  }
}

export async function stage(
  name: string,
  numbers: Queue<number | null>,
  results: Queue<number | null>,
  done: DictProxy<string, number>,
): Promise<void> {
  let handled = 0;
  for (let number = await numbers.get(); number !== null; number = await numbers.get()) {
    await results.put(name === "first" ? (number * 3) % 1009 : number + 1);
    handled++;
  }
  await done.set(name, handled);
  await results.put(null);
}

export function spin(number: number, rounds: number): number {
  let value = number + 1;
  for (let at = 0; at < rounds; at++) value = (value * 48271) % 2147483647;
  return value;
}

export async function split(number: number, rounds: number, mpContext: StartMethod): Promise<number> {
  await using inner = new ProcessPoolExecutor({ maxWorkers: 2, mpContext });
  const values = await inner.map(spin, [number * 2, number * 2 + 1], [rounds, rounds]).toArray();
  return values.reduce((sum, value) => sum + value, 0);
}
