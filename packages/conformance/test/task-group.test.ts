import { describe, expect, test } from "@jest/globals";
import { ProcessPoolExecutor, TaskGroup } from "concurrent-futures";
import { failAt, slowly } from "./fixtures/settled.mjs";
import { executors } from "./support/subjects.ts";

describe.each(executors)("a task group on $name", ({ create }) => {
  test("joins its calls and its maps, and the executor goes on", async () => {
    const executor = create();
    let futures: { done(): boolean }[] = [];
    {
      await using group = new TaskGroup(executor);
      futures = [1, 2, 4].map((n) => group.submit(failAt, n));
      group.map(failAt, [1, 2, 4, 5], { buffersize: 1 });
    }
    expect(futures.every((future) => future.done())).toBe(true);
    expect(await executor.submit(failAt, 4)).toBe(8);
  });

  test("a failure stops running calls by force, and leaves as an AggregateError", async () => {
    const executor = create();
    const group = new TaskGroup(executor);
    const slow = group.submit(slowly, 1);
    group.submit(failAt, 3);
    await expect(group[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [{ message: "no 3" }] });
    expect(slow.cancelled()).toBe(true);
    expect(await executor.submit(failAt, 4)).toBe(8);
  });

  test("the first success, and the others are cancelled", async () => {
    const executor = create();
    const group = new TaskGroup(executor, { onFailure: "continue" });
    const first = await Promise.any([
      group.submit(slowly, 1),
      group.submit(failAt, 2),
      group.submit(failAt, 3),
    ]);
    await group.shutdown({ cancelFutures: true });
    expect(first).toBe(4);
  });
});

test("a group of a pool of processes outlives no worker's death", async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 2, mpContext: "spawn" });
  const group = new TaskGroup(pool);
  group.submit(() => process.exit(3));
  group.submit(slowly, 1);
  await expect(group[Symbol.asyncDispose]()).rejects.toMatchObject({
    errors: [{ code: "ERR_BROKEN_PROCESS_POOL" }],
  });
});
