/** How many calls are pending at once at most; larger runs go in batches, or memory would be what is measured. */
const batchSize = 200_000;

/** How all results of a batch are awaited. */
export type Awaiting = "one after the other" | "Promise.all";

/** Submits `count` calls, a batch at a time, each by itself, and awaits all their results. */
export async function submitAll(
  count: number,
  submit: (at: number) => PromiseLike<unknown>,
  awaiting: Awaiting = "one after the other",
): Promise<void> {
  for (let from = 0; from < count; from += batchSize) {
    const pending: PromiseLike<unknown>[] = [];
    const to = Math.min(count, from + batchSize);
    for (let at = from; at < to; at++) pending.push(submit(at));
    if (awaiting === "Promise.all") await Promise.all(pending);
    else for (const one of pending) await one;
  }
}
