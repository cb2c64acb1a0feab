import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool, CancelledError, type Future } from "@concurrent-futures/core";
import { afterAll, describe, expect, test } from "@jest/globals";
import { pool } from "./support/pools.ts";

const folder = mkdtempSync(join(tmpdir(), "killed-while-sending-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Shape = "bytes" | "rows";
const large = task(new URL("./fixtures/large-results.mjs", import.meta.url), "large") as unknown as (
  file: string,
  id: number,
  bytes: number,
  shape: Shape,
) => unknown;

/** Milliseconds from the beginning of the call to the end of its worker: while it runs, writes, sends, and when all has arrived. */
const moments = process.env.STRESS === "1" ? [...Array(120).keys()] : [0, 5, 20, 80];
const guilty = 2;
const sizes = { bytes: 20_000_000, rows: 2_000_000 };

const begun = (file: string): string[][] => {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(" "));
  } catch {
    return [];
  }
};

/** Blocks this thread, so that nothing of the result is read here meanwhile. */
function spinUntil(condition: () => boolean): void {
  const end = performance.now() + 10_000;
  while (!condition() && performance.now() < end);
}

const endings = {
  SIGKILL: (file: string) => {
    const pid = begun(file).find(([id]) => id === String(guilty))?.[1];
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended.
    }
  },
  "cancel by force": (_file: string, future: Future<unknown>) => void future.cancel({ force: true }),
};

describe.each([
  ["spawn", "SIGKILL"],
  ["spawn", "cancel by force"],
  ["thread", "cancel by force"],
] as const)(
  "a %s worker that is ended by %s between the end of a call and the arrival of its result",
  (mpContext, how) => {
    test.each(["bytes", "rows"] as const)(
      "loses that call at most, and runs none twice (%s)",
      async (shape) => {
        const executor = pool({ maxWorkers: 1, mpContext });
        for (const [round, moment] of moments.entries()) {
          const file = join(folder, `${mpContext}-${how}-${shape}-${round}`);
          const futures = [0, 1, guilty, 3, 4].map((id) =>
            executor.submit(large, file, id, id === guilty ? sizes[shape] : 0, shape),
          );
          // Up to there the event loop turns: it sends the calls.
          while (!begun(file).some(([id]) => id === String(guilty)))
            await new Promise((next) => setImmediate(next));
          const since = performance.now();
          spinUntil(() => performance.now() - since >= moment);
          endings[how](file, futures[guilty] as Future<unknown>);
          const outcomes = await Promise.allSettled(futures.map((future) => future.result(20_000)));
          for (const [id, outcome] of outcomes.entries()) {
            if (outcome.status === "rejected") {
              const wanted =
                id !== guilty && how === "cancel by force" ? [] : [BrokenProcessPool, CancelledError];
              expect(
                wanted.some((Class) => outcome.reason instanceof Class) ? [] : [id, outcome.reason],
              ).toEqual([]);
            } else if (id !== guilty) expect(outcome.value).toBe(id);
            else
              expect((outcome.value as ArrayLike<unknown>).length).toBe(
                shape === "bytes" ? sizes.bytes : sizes.rows / 100,
              );
          }
          // SIGKILL may meet the call after it, which runs when the result has left.
          expect(outcomes.filter(({ status }) => status === "rejected").length).toBeLessThanOrEqual(1);
          const ids = begun(file).map(([id]) => id);
          expect(new Set(ids).size).toBe(ids.length);
        }
        await executor.shutdown();
      },
    );
  },
);
