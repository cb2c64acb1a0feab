import {
  ArgumentTypeError,
  CancelledError,
  RuntimeError,
  TaskGroup,
  ValueError,
} from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { until } from "../../conformance/test/support/waiting.ts";
import { ManualExecutor, type Submitted } from "./support/manual-executor.ts";
import { rejection, thrown, turn } from "./support/outcomes.ts";

const work = (n: number): number => {
  if (n < 0) throw new RangeError(`no ${n}`);
  return n;
};

/** Leaves a group; says what leaving threw, if it did. */
async function leave(group: TaskGroup): Promise<unknown> {
  try {
    await group[Symbol.asyncDispose]();
    return undefined;
  } catch (error) {
    return error;
  }
}

const messages = (error: unknown): string[] =>
  (error as AggregateError).errors.map((one: Error) => one.message);
const run = (executor: ManualExecutor, at: number): void => (executor.calls[at] as Submitted).run();

describe("a task group", () => {
  test("waits for all that was submitted through it, and leaves its executor open", async () => {
    const executor = new ManualExecutor();
    const group = new TaskGroup(executor);
    const futures = [group.submit(work, 1), group.submit(work, 2)];
    let left = false;
    const leaving = leave(group).then((error) => {
      left = true;
      return error;
    });
    run(executor, 0);
    await turn();
    expect(left).toBe(false);
    run(executor, 1);
    expect(await leaving).toBeUndefined();
    expect(await Promise.all(futures)).toEqual([1, 2]);
    expect(executor.shutdowns).toEqual([]);
    executor.submit(work, 3);
  });

  test("refuses calls after it was left, and leaving again is harmless", async () => {
    const executor = new ManualExecutor();
    const group = new TaskGroup(executor);
    group.submit(work, -1);
    run(executor, 0);
    expect(await leave(group)).toBeInstanceOf(AggregateError);
    expect(await leave(group)).toBeUndefined();
    expect(thrown(() => group.submit(work, 1))).toBeInstanceOf(RuntimeError);
    expect(thrown(() => group.map(work, [1]))).toBeInstanceOf(RuntimeError);
  });

  test("the first error cancels the rest, later calls included, and leaves as an AggregateError", async () => {
    const executor = new ManualExecutor();
    const group = new TaskGroup(executor);
    const [bad, waiting] = [group.submit(work, -1), group.submit(work, 2)];
    run(executor, 0);
    await turn();
    expect([bad.failed(), waiting.cancelled()]).toEqual([true, true]);
    const late = group.submit(work, 3);
    expect(late.cancelled()).toBe(true);
    expect(((await rejection(waiting)) as Error).cause).toBeInstanceOf(RangeError);
    const error = await leave(group);
    expect(error).toBeInstanceOf(AggregateError);
    expect(messages(error)).toEqual(["no -1"]);
  });

  test('with `onFailure: "continue"` the rest goes on, and all errors leave together', async () => {
    const executor = new ManualExecutor();
    const group = new TaskGroup(executor, { onFailure: "continue" });
    const futures = [-1, 2, -3].map((n) => group.submit(work, n));
    await executor.runAll();
    expect(await futures[1]).toBe(2);
    expect(messages(await leave(group))).toEqual(["no -1", "no -3"]);
  });

  test("a call that its owner cancelled is no error, nor one that throws a CancelledError", async () => {
    const executor = new ManualExecutor();
    const group = new TaskGroup(executor);
    group.submit(work, 1).cancel();
    const other = group.submit(() => {
      throw new CancelledError();
    });
    run(executor, 1);
    await turn();
    const good = group.submit(work, 2);
    run(executor, 2);
    expect(await leave(group)).toBeUndefined();
    expect([other.failed(), good.cancelled()]).toEqual([true, false]);
  });

  test("calls of a nested group and of a view belong to the outer one, too", async () => {
    const executor = new ManualExecutor();
    const outer = new TaskGroup(executor, { onFailure: "continue" });
    const inner = new TaskGroup(outer, { onFailure: "continue" });
    const view = outer.withOptions({ priority: 1 });
    inner.submit(work, -1);
    view.submit(work, -2);
    let left = false;
    const leaving = leave(outer).then((error) => {
      left = true;
      return error;
    });
    run(executor, 0);
    await turn();
    expect(left).toBe(false);
    run(executor, 1);
    expect(messages(await leaving).sort()).toEqual(["no -1", "no -2"]);
    expect(messages(await leave(inner))).toEqual(["no -1"]);
  });

  test("retries count as one call: only the last error is one", async () => {
    const executor = new ManualExecutor();
    const group = new TaskGroup(executor);
    let attempts = 0;
    const future = group.withOptions({ retries: 2, retryIf: () => true }).submit(() => {
      if (++attempts < 2) throw new Error("again");
      return "good";
    });
    const bystander = group.submit(work, 1);
    run(executor, 0);
    await until(() => executor.calls.length === 3);
    run(executor, 2);
    run(executor, 1);
    expect([await future, await bystander]).toEqual(["good", 1]);
    expect(await leave(group)).toBeUndefined();
  });

  test("a map is joined to its last item, read or not, lazy or not", async () => {
    const executor = new ManualExecutor();
    const group = new TaskGroup(executor);
    const lazy = group.map(work, [1, 2, 3, 4, 5], { buffersize: 2 });
    expect(executor.calls).toHaveLength(2);
    const leaving = leave(group);
    expect(executor.calls).toHaveLength(5);
    await executor.runAll();
    expect(await leaving).toBeUndefined();
    expect(await lazy.toArray()).toEqual([1, 2, 3, 4, 5]);
  });

  test("waits for the end of an async input", async () => {
    const executor = new ManualExecutor();
    const group = new TaskGroup(executor);
    let more = (): void => {};
    async function* input(): AsyncGenerator<number> {
      yield 1;
      await new Promise<void>((resolve) => {
        more = resolve;
      });
      yield 2;
    }
    group.map(work, input());
    await turn();
    run(executor, 0);
    let left = false;
    const leaving = leave(group).then(() => {
      left = true;
    });
    await turn();
    expect(left).toBe(false);
    more();
    await turn();
    run(executor, 1);
    await leaving;
  });

  test("an item that fails is an error of the group, unless the map is read by settled()", async () => {
    const executor = new ManualExecutor();
    const plain = new TaskGroup(executor, { onFailure: "continue" });
    plain
      .map(work, [1, -2])
      .toArray()
      .catch(() => {});
    const settling = new TaskGroup(executor);
    const outcomes = settling.map(work, [-3, 4]).settled().toArray();
    await executor.runAll();
    expect(messages(await leave(plain))).toEqual(["no -2"]);
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(await leave(settling)).toBeUndefined();
  });

  test("a failure ends the maps of the group: their readers meet a CancelledError", async () => {
    const executor = new ManualExecutor();
    const group = new TaskGroup(executor);
    let closed = false;
    function* endless(): Generator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        closed = true;
      }
    }
    const results = group.map(work, endless(), { buffersize: 2 });
    const bad = group.submit(work, -1);
    run(executor, 2);
    await rejection(bad);
    await turn();
    expect(closed).toBe(true);
    expect(await rejection(results.next())).toBeInstanceOf(CancelledError);
    expect(messages(await leave(group))).toEqual(["no -1"]);
  });

  test("shutdown({ cancelFutures: true }) cancels, and is no error", async () => {
    const executor = new ManualExecutor();
    const group = new TaskGroup(executor);
    const future = group.submit(work, 1);
    await group.shutdown({ cancelFutures: true });
    expect(future.cancelled()).toBe(true);
    expect(await leave(group)).toBeUndefined();
  });

  test("refuses wrong arguments at the call", () => {
    expect(thrown(() => new TaskGroup({} as never))).toBeInstanceOf(ArgumentTypeError);
    expect(thrown(() => new TaskGroup(new ManualExecutor(), { onFailure: "stop" as never }))).toBeInstanceOf(
      ValueError,
    );
    expect(
      thrown(() => new TaskGroup(new ManualExecutor(), { onfailure: "cancel" } as never)),
    ).toBeInstanceOf(ValueError);
  });

  test("in any interleaving nothing outlives the group, and its errors are those of its calls", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("submit" as const), n: fc.integer({ min: -3, max: 9 }) }),
      fc.record({ do: fc.constantFrom("run" as const, "cancel" as const), n: fc.nat(20) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, continues) => {
        const executor = new ManualExecutor();
        const group = new TaskGroup(executor, { onFailure: continues ? "continue" : "cancel" });
        const futures: { done(): boolean; failed(): boolean; cancel(): boolean }[] = [];
        for (const { do: action, n } of steps) {
          if (action === "submit") futures.push(group.submit(work, n));
          const call = executor.calls[n % Math.max(1, executor.calls.length)];
          if (action === "run" && call !== undefined && !call.future.done()) call.run();
          if (action === "cancel") futures[n % Math.max(1, futures.length)]?.cancel();
          await null;
        }
        const leaving = leave(group);
        await executor.runAll();
        const error = await leaving;
        expect(futures.every((future) => future.done())).toBe(true);
        const failures = futures.filter((future) => future.failed()).length;
        expect(error === undefined ? 0 : (error as AggregateError).errors.length).toBe(failures);
      }),
    );
  });
});
