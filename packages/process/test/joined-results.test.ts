import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { channelNames } from "@concurrent-futures/core/channels";
import { describe, expect, test } from "@jest/globals";
import { pool, work } from "./support/pools.ts";

describe.each(["thread", "spawn"] as const)("results of a %s worker that are no numbers", (mpContext) => {
  test("arrive together where many are there, in order and each at its place", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const rows = Array.from({ length: 600 }, (_, at) => (at % 50 === 7 ? 13 : { at }));
    const outcome = (row: unknown): unknown => {
      if (row === 13) throw new RangeError("thirteen");
      return row;
    };
    await executor.submit(work("identity"), {});
    let messages = 0;
    const count = (): void => {
      messages++;
    };
    subscribe(channelNames.batchResults, count);
    try {
      const entries = executor.map(outcome, rows, { chunksize: 600 }).settled().toArray();
      // Dispatched by now, or by the next turn; this thread looks away while the worker sends one result after the other.
      await new Promise((resolve) => setImmediate(resolve));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      const seen = await entries;
      expect(seen.map((entry) => entry.index)).toEqual(rows.map((_, at) => at));
      for (const [at, entry] of seen.entries()) {
        if (entry.status === "fulfilled") expect(entry.value).toEqual({ at });
        else expect([rows[at], entry.reason]).toEqual([13, new RangeError("thirteen")]);
      }
    } finally {
      unsubscribe(channelNames.batchResults, count);
    }
    expect(messages).toBeGreaterThan(0);
    expect(messages).toBeLessThan(rows.length / 2);
  });
});
