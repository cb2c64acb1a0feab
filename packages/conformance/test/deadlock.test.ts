import { expect } from "@jest/globals";
import {
  BrokenProcessPool,
  type Future,
  type ProcessPoolExecutor,
  SerializationError,
} from "concurrent-futures";
import { crash, crashAt, exit, fail, identity } from "./fixtures/tasks.mjs";
import { makeUnpackable, makeUnrevivable, typeOf, Unpackable, Unrevivable } from "./fixtures/troubled.mjs";
import { describeExecutor, processPools } from "./support/subjects.ts";
import { rejection, thrown } from "./support/waiting.ts";

describeExecutor("ExecutorDeadlockTest", processPools, ({ create }, row) => {
  // As in Python: a worker that dies breaks the pool.
  const createBreakable = () => create({ onWorkerCrash: "break" });

  const expectBroken = async (executor: ProcessPoolExecutor, future: Future<unknown>): Promise<void> => {
    expect(await rejection(future)).toBeInstanceOf(BrokenProcessPool);
    expect(thrown(() => executor.submit(identity, 1))).toBeInstanceOf(BrokenProcessPool);
  };

  /** The call fails by itself, and the pool goes on. */
  const expectError = async (
    executor: ProcessPoolExecutor,
    future: Future<unknown>,
    name: string,
  ): Promise<void> => {
    const error = (await rejection(future)) as Error;
    expect([error.name, (error.cause as Error | undefined)?.name]).toContain(name);
    expect(await executor.submit(identity, "still here")).toBe("still here");
  };

  row("test_error_at_task_pickle", async () => {
    const executor = createBreakable();
    const error = thrown(() => executor.submit(identity, new WeakMap())) as Error;
    expect(error).toBeInstanceOf(SerializationError);
    expect(thrown(() => executor.submit(typeOf, new Unpackable("error")))).toMatchObject({
      message: expect.stringContaining("on purpose"),
    });
    expect(await executor.submit(identity, 1)).toBe(1);
  });

  row("test_exit_at_task_unpickle", async () => {
    const executor = createBreakable();
    await expectBroken(executor, executor.submit(typeOf, new Unrevivable("exit")));
  });

  row("test_error_at_task_unpickle", async () => {
    const executor = createBreakable();
    await expectError(executor, executor.submit(typeOf, new Unrevivable("error")), "RangeError");
  });

  row("test_crash_at_task_unpickle", async () => {
    const executor = createBreakable();
    await expectBroken(executor, executor.submit(typeOf, new Unrevivable("crash")));
  });

  row("test_crash_during_func_exec_on_worker", async () => {
    const executor = createBreakable();
    await expectBroken(executor, executor.submit(crash));
  });

  row("test_exit_during_func_exec_on_worker", async () => {
    const executor = createBreakable();
    await expectBroken(executor, executor.submit(exit, 3));
  });

  row("test_error_during_func_exec_on_worker", async () => {
    const executor = createBreakable();
    await expectError(executor, executor.submit(fail, "on purpose"), "RangeError");
  });

  row("test_crash_during_result_pickle_on_worker", async () => {
    const executor = createBreakable();
    await expectBroken(executor, executor.submit(makeUnpackable, "crash"));
  });

  row("test_exit_during_result_pickle_on_worker", async () => {
    const executor = createBreakable();
    await expectBroken(executor, executor.submit(makeUnpackable, "exit"));
  });

  row("test_error_during_result_pickle_on_worker", async () => {
    const executor = createBreakable();
    await expectError(executor, executor.submit(makeUnpackable, "error"), "RangeError");
  });

  row("test_error_during_result_unpickle_in_result_handler", async () => {
    const executor = createBreakable();
    await expectError(executor, executor.submit(makeUnrevivable, "error"), "RangeError");
  });

  row("test_shutdown_deadlock", async () => {
    const executor = createBreakable();
    const future = executor.submit(crash);
    await executor.shutdown();
    expect(await rejection(future)).toBeInstanceOf(BrokenProcessPool);
  });

  row("test_shutdown_deadlock_pickle", async () => {
    const executor = createBreakable();
    await executor.submit(identity, "the worker is up");
    expect(thrown(() => executor.submit(identity, new WeakMap()))).toBeInstanceOf(SerializationError);
    await executor.shutdown({ wait: false });
    await executor.shutdown();
    expect(executor.stats().workers).toBe(0);
  });

  row("test_crash_big_data", async () => {
    const executor = createBreakable();
    const data = Array.from({ length: 10 }, (_, at) => String(at).repeat(1_000_000));
    const results = executor.map(crashAt, data, Array(10).fill("7"), { chunksize: 1 });
    expect(await rejection(results.toArray())).toBeInstanceOf(BrokenProcessPool);
    await executor.shutdown();
  });

  row("test_gh105829_should_not_deadlock_if_wakeup_pipe_full", async () => {
    const executor = createBreakable();
    const futures = Array.from({ length: 100 }, (_, at) => executor.submit(identity, at));
    expect(await Promise.all(futures)).toHaveLength(100);
  });
});
