import { expect } from "@jest/globals";
import { ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, type Future, wait } from "concurrent-futures";
import { fail, identity, mul, passGate } from "./fixtures/tasks.mjs";
import { Gate } from "./support/gates.ts";
import { cancelled, cancelledAndNotified, failed, pending, running, successful } from "./support/states.ts";
import { describeExecutor, executors, threadPools } from "./support/subjects.ts";

const setOf = (...futures: Future<unknown>[]) => new Set(futures);

describeExecutor("WaitTests", executors, ({ create }, row) => {
  row("test_20369", async () => {
    const future = create().submit(identity, 1);
    const { done, notDone } = await wait([future, future], { returnWhen: ALL_COMPLETED });
    expect([done, notDone]).toEqual([setOf(future), setOf()]);
  });

  row("test_first_completed", async () => {
    const executor = create();
    const gate = new Gate();
    const first = executor.submit(mul, 21, 2);
    const late = executor.submit(passGate, gate.path);
    const withoutExecutor = pending();
    const { done, notDone } = await wait([withoutExecutor, first, late], { returnWhen: FIRST_COMPLETED });
    expect([done, notDone]).toEqual([setOf(first), setOf(withoutExecutor, late)]);
    // In CPython a cancelled future that no executor has met yet is not done; here it is, at once.
    const gone = cancelled();
    const again = await wait([gone, late], { returnWhen: FIRST_COMPLETED });
    expect([again.done, again.notDone]).toEqual([setOf(gone), setOf(late)]);
  });

  row("test_first_completed_some_already_completed", async () => {
    const gate = new Gate();
    const late = create().submit(passGate, gate.path);
    const early = [cancelledAndNotified(), successful()];
    const { done, notDone } = await wait([...early, late], { returnWhen: FIRST_COMPLETED });
    expect([done, notDone]).toEqual([setOf(...early), setOf(late)]);
  });

  row("test_first_exception", async () => {
    const executor = create({ maxWorkers: 2 });
    const gate = new Gate();
    const first = executor.submit(mul, 2, 21);
    await first;
    const second = executor.submit(fail, "on purpose");
    const third = executor.submit(passGate, gate.path);
    const { done, notDone } = await wait([first, second, third], { returnWhen: FIRST_EXCEPTION });
    expect([done, notDone]).toEqual([setOf(first, second), setOf(third)]);
  });

  row("test_first_exception_some_already_complete", async () => {
    const executor = create();
    const gate = new Gate();
    const first = executor.submit(fail, "on purpose");
    const late = executor.submit(passGate, gate.path);
    const done = [successful(), cancelledAndNotified(), cancelled()];
    const open = [pending(), running(), late];
    const result = await wait([...done, ...open, first], { returnWhen: FIRST_EXCEPTION });
    expect([result.done, result.notDone]).toEqual([setOf(...done, first), setOf(...open)]);
  });

  row("test_first_exception_one_already_failed", async () => {
    const gate = new Gate();
    const late = create().submit(passGate, gate.path);
    const bad = failed();
    const { done, notDone } = await wait([bad, late], { returnWhen: FIRST_EXCEPTION });
    expect([done, notDone]).toEqual([setOf(bad), setOf(late)]);
  });

  row("test_all_completed", async () => {
    const executor = create();
    const futures = [
      executor.submit(fail, "on purpose"),
      executor.submit(mul, 2, 21),
      cancelledAndNotified(),
      failed(),
      successful(),
    ];
    const { done, notDone } = await wait(futures, { returnWhen: ALL_COMPLETED });
    expect([done, notDone]).toEqual([setOf(...futures), setOf()]);
  });

  row("test_timeout", async () => {
    const executor = create();
    const gate = new Gate();
    const early = [executor.submit(mul, 6, 7), cancelledAndNotified(), failed(), successful()];
    await early[0];
    const late = executor.submit(passGate, gate.path);
    const { done, notDone } = await wait([...early, late], { timeout: 50, returnWhen: ALL_COMPLETED });
    expect([done, notDone]).toEqual([setOf(...early), setOf(late)]);
  });
});

describeExecutor("ThreadPoolWaitTests", threadPools, ({ create }, row) => {
  row("test_pending_calls_race", async () => {
    const executor = create();
    for (let round = 0; round < 20; round++) {
      const gate = Promise.resolve();
      const futures = Array.from({ length: 100 }, () => executor.submit(async () => gate));
      const { done } = await wait(futures, { timeout: 5_000 });
      expect(done.size).toBe(100);
    }
  });
});
