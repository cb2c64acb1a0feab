import { describe, expect, test } from "@jest/globals";
import { pool } from "./support/pools.ts";

/** Results of many megabytes; with STRESS=1, of more than a process can send. */
const stress = process.env["STRESS"] === "1";

for (const mpContext of ["thread", "spawn"] as const) {
  describe(`a large result [${mpContext}]`, () => {
    test("arrives whole, and so does what comes after it", async () => {
      const executor = pool({ maxWorkers: 1, mpContext });
      const size = (stress ? 3_000 : 60) * 2 ** 20;
      const bytes = await executor.submit(
        (length: number) => new Uint8Array(length).fill(1, length - 1),
        size,
      );
      expect([bytes.length, bytes.at(-1)]).toEqual([size, 1]);
      expect(await executor.submit(() => "next")).toBe("next");
    }, 300_000);

    test("comes back from a call that was given as much", async () => {
      const executor = pool({ maxWorkers: 1, mpContext });
      const given = new Uint8Array((stress ? 300 : 20) * 2 ** 20).fill(1, 5, 6);
      const back = await executor.submit((bytes: Uint8Array) => bytes.fill(2, 6, 7), given);
      expect([back.length, ...back.subarray(4, 8), given[6]]).toEqual([given.length, 0, 1, 2, 0, 0]);
    }, 300_000);
  });
}

if (stress) {
  test("one of more than 4 GB fails alone: no process can send it", async () => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    const failure = await executor.submit(() => new Uint8Array(2 ** 32 - 1)).exception();
    expect(failure).toMatchObject({ name: "SerializationError" });
    expect(await executor.submit(() => "next")).toBe("next");
  }, 300_000);
}
