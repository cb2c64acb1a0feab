import { expect } from "@jest/globals";
import { type Future, RuntimeError, wait } from "concurrent-futures";
import { fail, identity, mul, passGate, pow, toText } from "./fixtures/tasks.mjs";
import { Gate } from "./support/gates.ts";
import { runProgram } from "./support/programs.ts";
import { describeExecutor, executors, processPools, threadPools } from "./support/subjects.ts";
import { thrown, until } from "./support/waiting.ts";

describeExecutor("ExecutorShutdownTest", executors, ({ name, create }, row) => {
  row("test_run_after_shutdown", async () => {
    const executor = create();
    await executor.shutdown();
    const error = thrown(() => executor.submit(pow, 2, 5)) as RuntimeError;
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error.message).toBe("cannot schedule new futures after shutdown");
  });

  row("test_interpreter_shutdown", async () => {
    const ended = await runProgram("without-shutdown", name);
    // Unlike CPython, a pool that is collected says that it was dropped; whether that happens here is up to the collector.
    const errors = expect.stringMatching(/^$|CF_POOL_NOT_SHUT_DOWN/);
    expect(ended).toEqual({ code: 0, signal: null, output: "apple\n", errors });
  });

  row("test_submit_after_interpreter_shutdown", async () => {
    const ended = await runProgram("submit-at-exit", name);
    expect(ended.output).toContain("RuntimeError: cannot schedule new futures");
    expect([ended.code, ended.errors]).toEqual([0, ""]);
  });

  row("test_hang_issue12364", async () => {
    const executor = create();
    const futures = Array.from({ length: 50 }, (_, at) => executor.submit(toText, at));
    await executor.shutdown();
    expect(futures.every((future) => future.done())).toBe(true);
    expect(await Promise.all(futures)).toEqual(futures.map((_, at) => String(at)));
  });

  row("test_cancel_futures", async () => {
    const executor = create();
    const gate = new Gate();
    const futures = Array.from({ length: 50 }, () => executor.submit(passGate, gate.path, 1));
    await until(() => futures.some((future) => future.running()));
    const over = executor.shutdown({ cancelFutures: true });
    gate.open();
    await over;
    const cancelled = futures.filter((future) => future.cancelled());
    expect(cancelled.length).toBeGreaterThan(20);
    const rest = futures.filter((future) => !future.cancelled());
    expect(rest.length).toBeGreaterThan(0);
    for (const future of rest) expect(await future.result(0)).toBe(1);
    // In CPython the cancelled ones are never notified, and this would wait for ever.
    expect((await wait(futures)).notDone.size).toBe(0);
  });

  row("test_hang_gh83386", async () => {
    const ended = await runProgram("shutdown-no-wait", name);
    expect(ended).toEqual({ code: 0, signal: null, output: "apple\n", errors: "" });
  });

  row("test_hang_gh94440", async () => {
    const executor = create({ maxWorkers: 1 });
    expect(await executor.submit(identity, 42)).toBe(42);
    executor.submit(identity, 1).cancel();
    await executor.shutdown();
  });
});

describeExecutor("ThreadPoolShutdownTest", threadPools, ({ name, create }, row) => {
  row("test_threads_terminate", async () => {
    const executor = create();
    const gate = new Gate();
    for (let call = 0; call < 3; call++) executor.submit(passGate, gate.path);
    await until(() => executor.stats().running === 3);
    gate.open();
    await executor.shutdown();
    expect(executor.stats()).toMatchObject({ running: 0, pending: 0 });
  });

  row("test_context_manager_shutdown", async () => {
    let used: ReturnType<typeof create>;
    {
      await using executor = create();
      used = executor;
      expect(await executor.map(Math.abs, [-5, 5]).toArray()).toEqual([5, 5]);
    }
    expect(thrown(() => used.submit(pow, 2, 2))).toBeInstanceOf(RuntimeError);
  });

  row("test_shutdown_no_wait", async () => {
    const executor = create();
    const results = executor.map(Math.abs, [-5, 5]);
    await executor.shutdown({ wait: false });
    expect(await results.toArray()).toEqual([5, 5]);
  });

  row("test_cancel_futures_wait_false", async () => {
    const ended = await runProgram("cancel-futures-no-wait", name);
    expect([ended.code, ended.signal, ended.errors]).toEqual([0, null, ""]);
    expect(["apple\n", ""]).toContain(ended.output);
  });
});

describeExecutor("ProcessPoolShutdownTest", processPools, ({ create }, row) => {
  row("test_processes_terminate", async () => {
    const executor = create({ maxWorkers: 5 });
    const gate = new Gate();
    for (let call = 0; call < 3; call++) executor.submit(passGate, gate.path);
    await until(() => executor.stats().running === 3);
    expect(executor.stats().workers).toBe(3);
    gate.open();
    await executor.shutdown();
    expect(executor.stats().workers).toBe(0);
  });

  row("test_context_manager_shutdown", async () => {
    let used: ReturnType<typeof create>;
    {
      await using executor = create();
      used = executor;
      expect(await executor.map(mul, [-5, 5], [2, 2]).toArray()).toEqual([-10, 10]);
    }
    expect(used.stats().workers).toBe(0);
  });

  row("test_shutdown_no_wait", async () => {
    const executor = create();
    const results = executor.map(mul, [-5, 5], [2, 2]);
    await executor.shutdown({ wait: false });
    expect(await results.toArray()).toEqual([-10, 10]);
    await until(() => executor.stats().workers === 0);
  });

  const failThenShutDown = async (maxWorkers: number): Promise<void> => {
    const executor = create({ maxWorkers, maxTasksPerChild: 1 });
    const futures: Future<unknown>[] = [executor.submit(fail, "on purpose"), executor.submit(identity, 2)];
    await executor.shutdown({ wait: false });
    expect(await futures[0]?.exception()).toMatchObject({ message: "on purpose" });
    expect(await futures[1]).toBe(2);
    await until(() => executor.stats().workers === 0);
  };

  row("test_shutdown_gh_132969_case_1", () => failThenShutDown(2));
  row("test_shutdown_gh_132969_case_2", () => failThenShutDown(4));
});
