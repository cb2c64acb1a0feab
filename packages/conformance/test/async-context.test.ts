import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "@jest/globals";
import { asCompleted, currentTask, type Executor, ThreadPoolExecutor } from "concurrent-futures";
import { enterContext, failAtFirst, identity, listenIn, passGate, whereHeard } from "./fixtures/tasks.mjs";
import { Gate } from "./support/gates.ts";
import { executors, processPools } from "./support/subjects.ts";

const user = new AsyncLocalStorage<string>();
const people = ["alice", "bob", "carol", "dave"];

/** What is called back, and when it has been: it says whose context it saw. */
type Seen = (store: string | undefined) => void;

/** Ways to give an executor something to call, each with what waits for its end. */
const ways: Readonly<Record<string, (executor: Executor, gate: Gate, see: Seen) => PromiseLike<unknown>>> = {
  "a callback": (executor, gate, see) => {
    const future = executor.submit(passGate, gate.path);
    future.addDoneCallback(() => see(user.getStore()));
    return future;
  },
  "a handler of then()": (executor, gate, see) =>
    executor.submit(passGate, gate.path).then(() => see(user.getStore())),
  "a handler of catch()": (executor, gate, see) => {
    const future = executor.submit(passGate, gate.path);
    future.cancel();
    return future.catch(() => see(user.getStore()));
  },
  "a callback of a map": (executor, gate, see) => {
    const results = executor.map(passGate, [gate.path]);
    return new Promise<void>((resolve) => {
      results.addDoneCallback(() => {
        see(user.getStore());
        resolve();
      });
      void user.run("nobody", () => results.toArray());
    });
  },
  "a callback of asCompleted()": (executor, gate, see) => {
    const completed = asCompleted([executor.submit(passGate, gate.path)]);
    completed.addDoneCallback(() => see(user.getStore()));
    return user.run("nobody", async () => {
      for await (const _ of completed);
    });
  },
  "the input of a map": (executor, _gate, see) => {
    function* input(): Generator<number> {
      try {
        for (let at = 0; at < 20; at++) {
          see(user.getStore());
          yield at;
        }
      } finally {
        see(user.getStore());
      }
    }
    const results = executor.map(identity, input(), { buffersize: 2 });
    return user.run("nobody", () => results.toArray());
  },
  "the input of a map that is left": (executor, _gate, see) => {
    function* input(): Generator<number> {
      try {
        for (let at = 0; ; at++) yield at;
      } finally {
        see(user.getStore());
      }
    }
    const results = executor.map(identity, input(), { buffersize: 2 });
    return user.run("nobody", async () => {
      for await (const _ of results) break;
    });
  },
  "an asynchronous input of a map": (executor, _gate, see) => {
    async function* input(): AsyncGenerator<number> {
      for (let at = 0; at < 20; at++) {
        see(user.getStore());
        yield at;
      }
    }
    const results = executor.mapUnordered(identity, input(), { buffersize: 2 });
    return user.run("nobody", () => results.toArray());
  },
  "retryIf and retryDelay": (executor, _gate, see) =>
    executor
      .withOptions({
        retries: 1,
        retryIf: () => {
          see(user.getStore());
          return true;
        },
        retryDelay: () => {
          see(user.getStore());
          return 1;
        },
      })
      .submit(failAtFirst),
};

describe.each(executors)("on $name, in the context of whoever gave it, runs", ({ create }) => {
  test.each(Object.keys(ways))("%s", async (way) => {
    const executor = create();
    const gate = new Gate();
    const seen = new Map<string, Set<string | undefined>>();
    const ends = people.map((person) =>
      user.run(person, () => {
        const stores = new Set<string | undefined>();
        seen.set(person, stores);
        return (ways[way] as (typeof ways)[string])(executor, gate, (store) => stores.add(store));
      }),
    );
    user.run("the one who opens", () => gate.open());
    await Promise.all(ends);
    expect([...seen]).toEqual(people.map((person) => [person, new Set([person])]));
  });
});

describe("on a ThreadPoolExecutor, in the context of its submit, runs", () => {
  test.each([1, 2])("each call, with %p slots", async (maxWorkers) => {
    await using pool = new ThreadPoolExecutor(maxWorkers);
    const whose = async (): Promise<unknown[]> => {
      const before = user.getStore();
      await new Promise((resolve) => setImmediate(resolve));
      return [before, user.getStore(), currentTask()?.name];
    };
    const calls = people.map((person) => user.run(person, () => pool.submit(whose)));
    expect(await Promise.all([...calls, pool.submit(whose)])).toEqual([
      ...people.map((person) => [person, person, "whose"]),
      [undefined, undefined, "whose"],
    ]);
  });

  test("each call of a map, whoever reads it", async () => {
    await using pool = new ThreadPoolExecutor(2);
    const results = user.run("alice", () =>
      pool.map(() => user.getStore(), Array.from({ length: 20 }).keys(), { buffersize: 3 }),
    );
    expect(new Set(await user.run("bob", () => results.toArray()))).toEqual(new Set(["alice"]));
  });

  test("each attempt, also the one that a shutdown brings forward", async () => {
    const pool = new ThreadPoolExecutor(1);
    const stores: unknown[] = [];
    const flaky = (): string => {
      stores.push(user.getStore());
      return failAtFirst();
    };
    const patient = pool.withOptions({ retries: 1, retryIf: () => true, retryDelay: 1_000_000 });
    const call = user.run("alice", () => patient.submit(flaky));
    while (stores.length === 0 || call.running()) await new Promise((resolve) => setImmediate(resolve));
    await user.run("bob", () => pool.shutdown());
    expect([await call, stores]).toEqual(["done", ["alice", "alice"]]);
  });

  test("a listener of the call's signal", async () => {
    await using pool = new ThreadPoolExecutor(2);
    const stores: unknown[] = [];
    const calls = people.map((person) =>
      user.run(person, () =>
        pool.submit(
          () =>
            new Promise<void>((resolve) => {
              currentTask()?.signal.addEventListener("abort", () => {
                stores.push(user.getStore());
                resolve();
              });
            }),
        ),
      ),
    );
    for (const call of calls) {
      while (!call.running()) await new Promise((resolve) => setImmediate(resolve));
      user.run("the one who cancels", () => call.cancel({ force: true }));
    }
    expect(stores).toEqual(people);
  });

  test("the initializer, in that of the constructor", async () => {
    const stores: unknown[] = [];
    const initializer = (): void => void stores.push(user.getStore());
    const pool = user.run("alice", () => new ThreadPoolExecutor({ maxWorkers: 1, initializer }));
    await user.run("bob", () => pool.submit(identity, 1));
    await pool.shutdown();
    expect(stores).toEqual(["alice"]);
  });
});

describe.each(executors)("on $name, what a call enters", ({ create }) => {
  test.each([false, true])("is not seen by the next (asynchronous: %p)", async (later) => {
    const executor = create({ maxWorkers: 1 });
    const values = Array.from({ length: 200 }, (_, at) => `${at}`);
    const submitted = values.map((value) => executor.submit(enterContext, value, later));
    const mapped = executor.map((value: string) => enterContext(value, later), values);
    expect(new Set(await Promise.all(submitted))).toEqual(new Set(["nothing"]));
    expect(new Set(await mapped.toArray())).toEqual(new Set(["nothing"]));
  });
});

describe.each(processPools)("in a worker of $name", ({ create }) => {
  test("a listener of the call's signal runs in the context in which the call asked for it", async () => {
    const executor = create({ maxWorkers: 1 });
    await executor.submit(identity, 1);
    const call = executor.submit(listenIn, "mine");
    while (!call.running()) await new Promise((resolve) => setImmediate(resolve));
    call.cancel({ force: true });
    expect(await executor.submit(whereHeard)).toBe("mine");
  });
});
