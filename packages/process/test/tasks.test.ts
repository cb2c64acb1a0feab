import { sharedBuffer } from "@concurrent-futures/shared-memory";
import { describe, expect, test } from "@jest/globals";
import { rejection, until } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

describe.each(["thread", "spawn"] as const)("calls on %s workers", (mpContext) => {
  test("know their name, their worker and their signal", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const known = { workerId: 1, cancelled: false, aborted: false };
    expect(await executor.submit(work("describeTask"))).toEqual({ name: "describeTask", ...known });
    expect(await executor.withOptions({ name: "given" }).submit(work("describeTask"))).toEqual({
      name: "given",
      ...known,
    });
  });

  test("that listen to their signal end by themselves, and their worker lives", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const worker = await executor.submit(work("whoAmI"));
    const call = executor.submit(work("untilAborted"));
    await until(() => call.running());
    expect(call.cancel({ force: true, reason: "enough" })).toBe(true);
    expect(await rejection(call)).toMatchObject({ code: "ERR_CANCELLED", cause: "enough" });
    expect(await executor.submit(work("whoAmI"))).toBe(worker);
  });

  test("that are cancelled while their time limit ends them are cancelled, and not tried again", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const stopped = new Int32Array(sharedBuffer(4));
    // The limit must not pass before the worker has loaded what it needs for such an array.
    await executor.submit(work("byteLength"), stopped);
    const call = executor
      .withOptions({ timeout: 50, retries: 3, retryIf: () => true })
      .submit(work("staysWhenStopped"), stopped);
    await until(() => Atomics.load(stopped, 0) === 1);
    expect(call.cancel({ force: true, reason: "enough" })).toBe(true);
    expect(await rejection(call)).toMatchObject({ code: "ERR_CANCELLED", cause: "enough" });
    await executor.shutdown();
    expect(Atomics.load(stopped, 0)).toBe(1);
  });

  test("of higher priority run sooner", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const order: string[] = [];
    await executor.submit(work("square"), 1);
    const busy = executor.submit(work("spin"), 400);
    await until(() => busy.running());
    const calls = [-1, 0, 9].map((priority) =>
      executor
        .withOptions({ priority })
        .submit(work("identity"), priority)
        .then((value) => order.push(String(value))),
    );
    await Promise.all(calls);
    expect(order).toEqual(["9", "0", "-1"]);
  });

  test("get the environment and the options of their workers", async () => {
    const executor = pool({
      maxWorkers: 1,
      mpContext,
      env: { ...process.env, GIVEN: "by the pool" },
    });
    expect(await executor.submit(work("environment"), "GIVEN")).toBe("by the pool");
    expect(process.env.GIVEN).toBeUndefined();
  });

  test("leave workers that go when they have been idle for long enough, and come back", async () => {
    const executor = pool({ maxWorkers: 1, mpContext, idleTimeout: 20 });
    const first = await executor.submit(work("whoAmI"));
    await until(() => executor.stats().workers === 0);
    expect(await executor.submit(work("whoAmI"))).not.toBe(first);
  });

  test("are counted by how they end", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const cancelled = [executor.submit(work("square"), 1), executor.submit(work("square"), 2)][1];
    cancelled?.cancel();
    await executor.submit(work("fail"), "x").exception();
    await executor.map(work("square") as (x: number) => number, [1, 2, 3]).toArray();
    await executor.shutdown();
    expect(executor.stats()).toMatchObject({
      workers: 0,
      pending: 0,
      running: 0,
      done: 4,
      failed: 1,
      cancelled: 1,
    });
    expect(executor.stats().runTime.p99).toBeGreaterThan(0);
  });

  test("may move a buffer to their worker, after which it is unusable here", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const buffer = new ArrayBuffer(16);
    const moved = executor.withOptions({ transfer: [buffer] }).submit(work("byteLength"), buffer);
    expect(await moved).toBe(16);
    expect(buffer.byteLength).toBe(0);
  });

  test("running is exact: true while the code runs, false before and after", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const first = executor.submit(work("sleep"), 40, 1);
    const second = executor.submit(work("sleep"), 10, 2);
    await until(() => first.running());
    expect(second.running()).toBe(false);
    expect(second.cancel()).toBe(true);
    expect(first.cancel()).toBe(false);
    expect(await first).toBe(1);
    expect(first.running()).toBe(false);
  });
});
