import { getContext } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";

const five = [0, 1, 2, 3, 4];

function* sameArray(): Generator<number[]> {
  const box = [0];
  for (const to of five) {
    box[0] = to;
    yield box;
  }
  box[0] = 77;
}

const first = (box: readonly number[]): number => box[0] as number;

describe.each(["thread", "spawn"] as const)("Pool on %s workers", (method) => {
  test("every way to call it sees its arguments as they were", async () => {
    await using pool = getContext(method).Pool(1);
    const box = [0];
    const set = (to: number): [number[]] => {
      box[0] = to;
      return [box];
    };
    const applied = five.map((to) => pool.applyAsync(first, set(to)));
    const rows = pool.mapAsync(first, [box, [2]]);
    const pairs = pool.starmapAsync((a: number[], b: number[]) => [first(a), first(b)], [[box, [3]]]);
    box[0] = 77;
    expect(await Promise.all(applied.map((result) => result.get()))).toEqual(five);
    expect(await rows.get()).toEqual([4, 2]);
    expect(await pairs.get()).toEqual([[4, 3]]);
    expect(await pool.map(first, sameArray())).toEqual(five);
    expect(await pool.map(first, sameArray(), 2)).toEqual(five);
    const ordered: number[] = [];
    for await (const value of pool.imap(first, sameArray())) ordered.push(value);
    expect(ordered).toEqual(five);
    const unordered: number[] = [];
    for await (const value of pool.imapUnordered(first, sameArray(), 2)) unordered.push(value);
    expect(unordered.sort()).toEqual(five);
  });
});
