import { reduce, revive } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { describe, expect, jest, test } from "@jest/globals";
import { rejection } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

class Row {
  readonly fate: () => unknown;
  constructor(fate: () => unknown) {
    this.fate = fate;
  }
  [reduce](): unknown {
    return this.fate();
  }
  static [revive](value: unknown): unknown {
    return value;
  }
}

/** Every way in which a value can throw while it is packed. */
const throwing: Readonly<Record<string, () => unknown>> = {
  "[reduce] that throws": () =>
    new Row(() => {
      throw new Error("closed");
    }),
  "[reduce] that throws no error": () =>
    new Row(() => {
      throw "a text";
    }),
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
  "a proxy whose traps throw": () =>
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error("closed");
        },
        getPrototypeOf() {
          throw new Error("closed");
        },
      },
    ),
  "a value that cannot be sent": () => new WeakMap(),
};

const identity = work("identity") as (value: unknown) => unknown;

describe.each(["thread", "spawn"] as const)("a row that cannot be packed, on %s workers", (mpContext) => {
  describe.each(Object.keys(throwing))("%s", (way) => {
    const bad = throwing[way] as () => unknown;

    test("costs mapUnordered that row and no other", async () => {
      const executor = pool({ maxWorkers: 2, mpContext });
      const values: unknown[] = [];
      const results = executor.mapUnordered(identity, [1, bad(), 3, 4]);
      let failures = 0;
      for (;;) {
        try {
          const step = await results.next();
          if (step.done) break;
          values.push(step.value);
        } catch {
          failures++;
          break;
        }
      }
      expect(failures).toBe(1);
      expect(values.every((value) => [1, 3, 4].includes(value as number))).toBe(true);
      await executor.shutdown();
    });

    test.each([undefined, 1])("stands at its own place in map, buffersize %s", async (buffersize) => {
      const executor = pool({ maxWorkers: 2, mpContext });
      const results = executor.map(identity, [1, 2, bad(), 4], ...(buffersize ? [{ buffersize }] : []));
      expect(await results.next()).toEqual({ done: false, value: 1 });
      expect(await results.next()).toEqual({ done: false, value: 2 });
      await rejection(results.next());
      expect(await executor.submit(identity, 5)).toBe(5);
    });

    test("is refused by submit, and leaves the pool as it was", async () => {
      const executor = pool({ maxWorkers: 2, mpContext });
      expect(() => executor.submit(identity, bad())).toThrow();
      expect(await executor.submit(identity, 5)).toBe(5);
    });
  });

  test("many bad rows in a row do not overflow the stack", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const results = executor.map(
      identity,
      Array.from({ length: 20_000 }, () => new WeakMap()),
    );
    expect(await rejection(results.toArray())).toBeInstanceOf(SerializationError);
    expect(await executor.submit(identity, 5)).toBe(5);
  });

  test("an input whose return() throws is reported, and nothing else comes of it", async () => {
    const executor = pool({
      maxWorkers: 1,
      mpContext,
      initializer: () => {
        throw new Error("no");
      },
    });
    const emitWarning = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    function* input(): Generator<number> {
      try {
        for (let at = 0; ; at++) yield at;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: what a bad generator does
        throw new Error("from finally");
      }
    }
    expect(await rejection(executor.map(identity, input(), { buffersize: 4 }).toArray())).toMatchObject({
      name: "BrokenProcessPool",
    });
    const warnings = emitWarning.mock.calls.map(([warning]) => String(warning));
    emitWarning.mockRestore();
    expect(warnings.join()).toMatch(/from finally/);
  });
});
