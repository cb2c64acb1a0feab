import { expect } from "@jest/globals";
import { asCompleted, type Future, TimeoutError } from "concurrent-futures";
import { identity, mul, passGate } from "./fixtures/tasks.mjs";
import { Gate } from "./support/gates.ts";
import { cancelledAndNotified, failed, pending, successful } from "./support/states.ts";
import { describeExecutor, executors } from "./support/subjects.ts";
import { collected, rejection } from "./support/waiting.ts";

async function collect(futures: Iterable<Future<unknown>>, timeout?: number): Promise<Future<unknown>[]> {
  const completed: Future<unknown>[] = [];
  for await (const future of asCompleted(futures, timeout === undefined ? {} : { timeout }))
    completed.push(future);
  return completed;
}

describeExecutor("AsCompletedTests", executors, ({ create }, row) => {
  row("test_no_timeout", async () => {
    const executor = create();
    const futures = [
      cancelledAndNotified(),
      failed(),
      successful(),
      executor.submit(mul, 2, 21),
      executor.submit(mul, 7, 6),
    ];
    expect(new Set(await collect(futures))).toEqual(new Set(futures));
  });

  row("test_future_times_out", async () => {
    const executor = create();
    const gate = new Gate();
    const late = executor.submit(passGate, gate.path);
    const early = new Set<Future<unknown>>([cancelledAndNotified(), failed(), successful()]);
    for (const timeout of [0, 50]) {
      const seen = new Set<Future<unknown>>();
      const loop = async (): Promise<void> => {
        for await (const future of asCompleted([...early, late], { timeout })) seen.add(future);
      };
      expect(await rejection(loop())).toBeInstanceOf(TimeoutError);
      expect(seen).toEqual(early);
    }
  });

  row("test_duplicate_futures", async () => {
    const future = create().submit(identity, 1);
    function* repeated(): Generator<Future<unknown>> {
      for (let time = 0; time < 3; time++) yield future;
    }
    expect(await collect(repeated())).toHaveLength(1);
  });

  row("test_free_reference_yielded_future", async () => {
    const executor = create();
    const begin = () => asCompleted([executor.submit(identity, 1), executor.submit(identity, 2)]);
    const completed = begin();
    for (let at = 0; at < 2; at++) {
      const taken = async () => new WeakRef((await completed.next()).value as object);
      expect(await collected(await taken())).toBe(true);
    }
  });

  row("test_correct_timeout_exception_msg", async () => {
    const futures = [cancelledAndNotified(), successful(), pending(), pending()];
    const error = await rejection(collect(futures, 0));
    expect((error as Error).message).toBe("2 (of 4) futures unfinished");
  });
});
