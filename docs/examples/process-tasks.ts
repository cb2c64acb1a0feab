import type {
  ArrayProxy,
  Connection,
  DictProxy,
  LockProxy,
  QueueProxy,
  ValueProxy,
} from "concurrent-futures/multiprocessing";

/** What a process of the tutorial does: it works for a while. */
export function countTo(limit: number): void {
  let count = 0;
  for (let n = 0; n < limit; n++) if (n % 3 !== 1) count++;
  if (count !== limit - Math.floor((limit + 1) / 3)) process.exitCode = 1;
}

/** Writes one entry of a dict that all share. */
export async function note(results: DictProxy<string, number>, n: number): Promise<void> {
  await results.set(`task ${n}`, n * n);
}

/** Puts one line into a queue that a process reads. */
export async function report(lines: QueueProxy, n: number): Promise<void> {
  await lines.put(`result ${n}`);
}

/** Reads lines from a queue until there are no more, and says through a pipe how many there were. */
export async function listen(lines: QueueProxy, answer: Connection): Promise<void> {
  let count = 0;
  while ((await lines.get()) !== null) count++;
  await answer.send(count);
  answer.close();
}

/** Adds to a number and to each place of an array that a manager serves, under its lock. */
export async function add(
  lock: LockProxy,
  total: ValueProxy<"i">,
  places: ArrayProxy<"i">,
  times: number,
): Promise<void> {
  for (let n = 0; n < times; n++) {
    await lock.run(async () => {
      await total.set((await total.get()) + 1);
      const place = n % (await places.length());
      await places.set(place, (await places.get(place)) + 1);
    });
  }
}
