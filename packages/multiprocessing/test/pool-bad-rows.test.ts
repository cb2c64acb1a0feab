import { reduce, revive } from "@concurrent-futures/callable";
import { getContext } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";
import { sqr } from "./fixtures/pool-work.mjs";

class Row {
  [reduce](): never {
    throw new Error("closed");
  }
  static [revive](): Row {
    return new Row();
  }
}

/** Every way in which a row can throw while it is packed. */
const throwing: Readonly<Record<string, () => unknown>> = {
  "[reduce] that throws": () => new Row(),
  "a getter that throws": () => ({
    get value(): never {
      throw new RangeError("closed");
    },
  }),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "a value that cannot be sent": () => new WeakMap(),
};

describe.each(["thread", "spawn"] as const)("a row that cannot be packed, in a Pool of %s", (context) => {
  test.each(Object.keys(throwing))("%s costs its position and nothing else", async (way) => {
    const make = throwing[way] as () => unknown;
    await using pool = new (getContext(context).Pool)(2);
    const rows = (): number[] => [1, make() as number, 3, 4];
    await expect(pool.map(sqr, rows())).rejects.toThrow();
    await expect(pool.mapAsync(sqr, rows()).get()).rejects.toThrow();
    await expect(
      pool.starmap(
        sqr,
        rows().map((row) => [row]),
      ),
    ).rejects.toThrow();
    for (const chunksize of [1, 3]) {
      const steps = pool.imap(sqr, rows(), chunksize);
      expect((await steps.next()).value).toBe(1);
      await expect(steps.next()).rejects.toThrow();
      expect([(await steps.next()).value, (await steps.next()).value]).toEqual([9, 16]);
      expect((await steps.next()).done).toBe(true);
      const unordered = pool.imapUnordered(sqr, rows(), chunksize);
      const outcomes = new Set<unknown>();
      for (let at = 0; at < 4; at++) {
        outcomes.add(
          await unordered.next().then(
            (step) => step.value,
            () => "failed",
          ),
        );
      }
      expect(outcomes).toEqual(new Set([1, 9, 16, "failed"]));
    }
    expect(await pool.map(sqr, [5])).toEqual([25]);
  });
});
