import { availableParallelism } from "node:os";
import { expect } from "@jest/globals";
import { ThreadPoolExecutor, TimeoutError } from "concurrent-futures";
import { passGate } from "./fixtures/tasks.mjs";
import { Gate } from "./support/gates.ts";
import { describeExecutor, threadPool } from "./support/subjects.ts";
import { rejection, until } from "./support/waiting.ts";

describeExecutor("ThreadPoolExecutorTest", [threadPool], ({ create }, row) => {
  row("test_map_submits_without_iteration", async () => {
    const executor = create({ maxWorkers: 2 });
    const finished: number[] = [];
    executor.map((at: number) => finished.push(at), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await executor.shutdown();
    expect(finished).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  row("test_default_workers", () => {
    expect(new ThreadPoolExecutor().maxWorkers).toBe(Math.min(32, availableParallelism() + 4));
  });

  row("test_saturation", async () => {
    const executor = create({ maxWorkers: 4 });
    const gate = new Gate();
    const calls = Array.from({ length: 15 * 4 }, () => executor.submit(passGate, gate.path));
    expect(executor.stats()).toMatchObject({ running: 0, pending: 60 });
    await until(() => executor.stats().running === 4);
    expect(executor.stats()).toMatchObject({ running: 4, pending: 56 });
    expect(calls.filter((call) => call.running())).toHaveLength(4);
    gate.open();
    await Promise.all(calls);
  });

  row("test_executor_map_current_future_cancel", async () => {
    const executor = create({ maxWorkers: 1 });
    const gate = new Gate();
    const begun: string[] = [];
    const wait = (name: string): Promise<unknown> => {
      begun.push(name);
      return passGate(gate.path);
    };
    const busy = executor.submit(wait, "busy");
    const results = executor.map(wait, ["first", "second"], { timeout: 30 });
    expect(await rejection(results.next())).toBeInstanceOf(TimeoutError);
    gate.open();
    await busy;
    await executor.shutdown();
    // Both the one that was awaited and the rest have been cancelled.
    expect(begun).toEqual(["busy"]);
  });
});
