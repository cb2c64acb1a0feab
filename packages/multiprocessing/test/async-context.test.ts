import { AsyncLocalStorage } from "node:async_hooks";
import { type Barrier, getContext } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";
import { raising, sqr } from "./fixtures/pool-work.mjs";

const user = new AsyncLocalStorage<string>();
const people = ["alice", "bob", "carol"];

describe.each(["thread", "spawn"] as const)(
  "in the context of whoever gave it, with workers of %s, runs",
  (method) => {
    const { Pool, Barrier: makeBarrier } = getContext(method);

    test("a callback of a Pool", async () => {
      await using pool = new Pool(1);
      const seen: [string, string | undefined][] = [];
      const ends = people.map((person) =>
        user.run(person, () => {
          const see = (): void => void seen.push([person, user.getStore()]);
          const mapped = pool.mapAsync(sqr, [1, 2], { callback: see, errorCallback: see });
          mapped.addDoneCallback(see);
          const called = pool.applyAsync(sqr, [1], { callback: see });
          const failed = pool.applyAsync(raising, [], { errorCallback: see });
          return Promise.all([mapped.wait(), called.wait(), failed.wait()]);
        }),
      );
      await Promise.all(ends);
      await new Promise((resolve) => setImmediate(resolve));
      expect(seen.length).toBe(4 * people.length);
      expect(seen.filter(([person, store]) => person !== store)).toEqual([]);
    });

    test("a barrier's action: it is its last waiter's", async () => {
      const stores: unknown[] = [];
      const barrier: Barrier = makeBarrier(2, () => void stores.push(user.getStore()));
      await Promise.all(["alice", "bob"].map((person) => user.run(person, () => barrier.wait())));
      if (method === "thread") expect(stores).toEqual(["bob"]);
    });
  },
);
