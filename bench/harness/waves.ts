/** How many calls are pending at once at most; larger runs go in waves, or memory would be what is measured. */
export const wave = 200_000;

/** Submits `count` calls, a wave at a time, each by itself, and awaits all their results. */
export async function submitAll(count: number, submit: (at: number) => PromiseLike<unknown>): Promise<void> {
  for (let from = 0; from < count; from += wave) {
    const pending: PromiseLike<unknown>[] = [];
    const to = Math.min(count, from + wave);
    for (let at = from; at < to; at++) pending.push(submit(at));
    await Promise.all(pending);
  }
}
