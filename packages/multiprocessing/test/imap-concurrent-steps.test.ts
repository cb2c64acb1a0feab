import { getContext, type IMapIterator, ThreadPool, TimeoutError } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";
import { failOdd, sqr } from "./fixtures/pool-work.mjs";

/** Several steps of one `imap` that are waited for at the same time. */

/** A call that does not end. */
const never = (): Promise<void> => new Promise(() => {});

const pools = {
  thread: () => new (getContext("thread").Pool)(2),
  spawn: () => new (getContext("spawn").Pool)(2),
  "event loop": () => new ThreadPool(2),
} as const;

/** `count` steps, all asked for before the first has come: values, errors as texts, and "end". */
async function stepsAtOnce(steps: IMapIterator<unknown>, count: number): Promise<unknown[]> {
  const settled = await Promise.allSettled(Array.from({ length: count }, () => steps.next()));
  return settled.map((one) => {
    if (one.status === "rejected") return (one.reason as Error).name;
    return one.value.done === true ? "end" : one.value.value;
  });
}

/** An input whose items come when the test says so. */
function gate(): { readonly input: AsyncGenerator<number, void>; readonly open: () => void } {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  async function* input(): AsyncGenerator<number, void> {
    await promise;
    yield* [1, 2, 3];
  }
  return { input: input(), open };
}

describe.each(Object.keys(pools) as (keyof typeof pools)[])("calls of next at the same time [%s]", (kind) => {
  test("each get an item of their own, in the order of the calls, and the end", async () => {
    await using pool = pools[kind]();
    expect(await stepsAtOnce(pool.imap(sqr, [1, 2, 3]), 5)).toEqual([1, 4, 9, "end", "end"]);
    expect(await stepsAtOnce(pool.imap(sqr, [1, 2, 3], 2), 4)).toEqual([1, 4, 9, "end"]);
    const unordered = await stepsAtOnce(pool.imapUnordered(sqr, [1, 2, 3]), 5);
    expect(unordered.slice(0, 3).sort()).toEqual([1, 4, 9]);
    expect(unordered.slice(3)).toEqual(["end", "end"]);
  });

  test("each get the error of their own item", async () => {
    await using pool = pools[kind]();
    const all = await stepsAtOnce(pool.imap(failOdd, [0, 1, 2, 3, 4]), 6);
    expect(all.map((one) => typeof one)).toEqual([
      "number",
      "string",
      "number",
      "string",
      "number",
      "string",
    ]);
    expect(all.at(-1)).toBe("end");
    const unordered = await stepsAtOnce(pool.imapUnordered(failOdd, [0, 1, 2, 3, 4]), 5);
    expect(unordered.filter((one) => typeof one === "string")).toHaveLength(2);
    expect(unordered.filter((one) => typeof one === "number").sort()).toEqual(
      all.filter((one) => typeof one === "number"),
    );
  });

  test("an input that fails ends all that wait", async () => {
    await using pool = pools[kind]();
    function* failing(): Generator<number> {
      yield 2;
      throw new RangeError("the input failed");
    }
    expect(await stepsAtOnce(pool.imap(sqr, failing()), 3)).toEqual([4, "RangeError", "RangeError"]);
  });

  test("one that runs out of time loses no item: the calls after it get them", async () => {
    await using pool = pools[kind]();
    for (const method of ["imap", "imapUnordered"] as const) {
      const { input, open } = gate();
      const steps = pool[method](sqr, input);
      const late = [steps.next(10), steps.next(20)];
      const patient = [steps.next(), steps.next(), steps.next(60_000)];
      for (const one of late) await expect(one).rejects.toThrow(TimeoutError);
      open();
      const values = (await Promise.all(patient)).map((step) => step.value as number);
      expect(method === "imap" ? values : values.sort()).toEqual([1, 4, 9]);
      expect(await steps.next(60_000)).toEqual({ done: true, value: undefined });
    }
  });

  test("when all have run out of time, the item is kept for the next call", async () => {
    await using pool = pools[kind]();
    const { input, open } = gate();
    const steps = pool.imap(sqr, input);
    await Promise.all(
      [steps.next(10), steps.next(10)].map((one) => expect(one).rejects.toThrow(TimeoutError)),
    );
    open();
    expect(await stepsAtOnce(steps, 4)).toEqual([1, 4, 9, "end"]);
  });

  test("return ends those that still wait", async () => {
    await using pool = pools[kind]();
    const steps = pool.imap(never, [1]);
    const waiting = [steps.next(), steps.next(), steps.next(600_000)];
    await steps.return();
    expect(await Promise.all(waiting)).toEqual(Array(3).fill({ done: true, value: undefined }));
    void pool.terminate();
  });
});
