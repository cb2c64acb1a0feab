import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serialize } from "node:v8";
import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool } from "@concurrent-futures/core";
import { packed } from "@concurrent-futures/core/keys";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { RETURNED_BESIDE, RETURNED_LOGGED } from "../dist/slots.js";
import { pool } from "./support/pools.ts";

/** An object with the key by which packed values are told. */
const packedRecord = [11, 1, 7, packed.length, ...Buffer.from(packed), 129];

const hostile = (name: string): ((...args: unknown[]) => unknown) =>
  task(new URL("./fixtures/hostile-worker.mjs", import.meta.url), name) as unknown as (
    ...args: unknown[]
  ) => unknown;

const uncaught: unknown[] = [];
const note = (error: unknown): void => {
  uncaught.push(error);
};
process.on("uncaughtException", note);
afterEach(() => expect(uncaught.splice(0)).toEqual([]));

const results = (over: Readonly<Record<string, unknown>>): readonly unknown[] => {
  const { id, from, values, microseconds, end, at, failures, skipped } = {
    ...{ id: 0, from: 0, values: [1], microseconds: 1, end: true, at: 0 },
    ...{ failures: undefined, skipped: undefined },
    ...over,
  };
  return [id, from, values, microseconds, end, at, failures, skipped];
};

/** Messages that no worker of this library sends while it runs its first call. */
const wrong: readonly (readonly [string, unknown])[] = [
  ["nothing", null],
  ["a number", 7],
  ["an empty array", []],
  ["an array without a list of results", [0, 0, "1", 1, true]],
  ["results that are half a count", [0, 0, 0.5, 1, true]],
  ["results that are more than a worker can have", [0, 0, 1e9, 1, true]],
  ["results that are a count below none", [0, 0, -1, 1, true]],
  ["an array for more calls than there are", [0, 0, [1, 2, 3], 1, true]],
  ["an unknown kind", { kind: "launch" }],
  ["results and nothing else", [0]],
  ["results of a batch that is text", results({ id: "0" })],
  ["results from before the first", results({ from: -1 })],
  ["results beyond the batch", results({ from: 0, values: [1, 2, 3] })],
  ["no results, as the last", results({ values: [] })],
  ["results after some that did not come", results({ from: 1, values: [] })],
  ["results after some that did not come, and more to come", results({ from: 1, values: [], end: false })],
  ["results from half a call", results({ from: 0.5 })],
  ["results that are no list", results({ values: { length: 4e9 } })],
  ["failures that are no list", results({ failures: 5 })],
  ["an invalid failure", results({ failures: [7] })],
  ["a failure without an error", results({ failures: [[0, "x"]] })],
  ["skipped calls that are no list", results({ skipped: 5 })],
  ["a skipped call that is none", results({ skipped: ["0"] })],
  ["a skipped call that is not among those told of", results({ skipped: [1] })],
  ["a skipped call that nobody asked for", results({ skipped: [0] })],
  ["a duration that is none", results({ microseconds: Number.NaN })],
  ["a beginning without a number", { kind: "began", id: {}, index: 0 }],
  ["progress that is no share", { kind: "progress", id: 0, index: 0, share: 2 }],
  ["progress of no call", { kind: "progress", id: 0, index: -1, share: 0.5 }],
  ["an initializer's failure without an error", { kind: "init-failed" }],
  [
    "the failure of an initializer that there is not",
    { kind: "init-failed", error: { kind: "error", value: 1 } },
  ],
  ["a death without an error", { kind: "dying", error: null }],
];

describe("a worker process that says what no worker says", () => {
  // It has ten seconds to finish, in which the other tests run.
  const patient = new ProcessPoolExecutor({ maxWorkers: 1, mpContext: "spawn" });
  let neverEnding: Promise<unknown>;
  beforeAll(() => {
    neverEnding = patient.submit(hostile("beginMessage"), 2 ** 32 - 20).exception();
  });

  test.each(wrong)("%s: is ended, its call fails, and the pool goes on", async (_what, message) => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    const error = await executor.submit(hostile("sendMessage"), message).exception();
    expect(error).toBeInstanceOf(BrokenProcessPool);
    expect(String((error as BrokenProcessPool).cause)).toContain("The worker has sent");
    expect(await executor.submit(hostile("double"), 4)).toBe(8);
  });

  test.each<[string, number, number, readonly number[]]>([
    ["in the log, up to nowhere", RETURNED_LOGGED, 1e9, []],
    ["in the log, where nothing was written", RETURNED_LOGGED, 20, []],
    ["in the log, as bytes that are none", RETURNED_LOGGED, 3, [10, 255, 255]],
    ["beside its call, in more bytes than there are", RETURNED_BESIDE, 65, []],
    ["beside its call, as a list of more than there is", RETURNED_BESIDE, 4, [10, 255, 255, 128]],
    ["beside its call, as half of a text", RETURNED_BESIDE, 3, [7, 9, 65]],
    ["beside its call, with a key of packed values", RETURNED_BESIDE, packedRecord.length, packedRecord],
  ])("a result that is written down %s: is ended, its call fails", async (_what, state, number, bytes) => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    const error = await executor.submit(hostile("sendWritten"), state, number, bytes).exception();
    expect(error).toBeInstanceOf(BrokenProcessPool);
    expect(String((error as BrokenProcessPool).cause)).toContain("The worker has written down");
    expect(await executor.submit(hostile("double"), 4)).toBe(8);
  });

  test("one that writes its result down as it should is believed", async () => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    expect(await executor.submit(hostile("sendWritten"), RETURNED_BESIDE, 1, [128 + 42])).toBe(42);
    executor.killWorkers();
    const another = pool({ maxWorkers: 1, mpContext: "spawn" });
    expect(await another.submit(hostile("sendWritten"), RETURNED_LOGGED, 3, [7, 1, 65])).toBe("A");
  });

  /** As many holes as a list can have come in some twenty bytes; whoever goes through them does so for minutes. */
  test.each<[string, (holes: unknown[]) => unknown]>([
    ["results", (values) => results({ values })],
    ["failures", (failures) => results({ failures })],
    ["skipped calls", (skipped) => results({ skipped })],
    ["failures of its end", (failures) => ({ kind: "left", failures })],
    ["functions", (define) => ({ kind: "nested-submit", define, calls: [] })],
    ["nested calls", (calls) => ({ kind: "nested-submit", define: [], calls })],
    [
      "the path to a function",
      (path) => ({
        kind: "nested-submit",
        define: [[0, { kind: "reference", name: "", url: "file:///x", path }]],
        calls: [],
      }),
    ],
    [
      "arguments of a nested call",
      (args) => ({ kind: "nested-submit", define: [], calls: [{ call: 0, pool: "", fn: 0, args }] }),
    ],
  ])("%s that are nothing but holes: is ended as soon", async (_what, make) => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    const body = new Uint8Array(serialize(make(new Array(2 ** 32 - 1))));
    expect(await executor.submit(hostile("sendBody"), body).exception()).toBeInstanceOf(BrokenProcessPool);
    expect(await executor.submit(hostile("double"), 4)).toBe(8);
  });

  test.each<[string, readonly number[]]>([
    ["garbage", [...Buffer.from("a stray line of output\n")]],
    ["a length of four gigabytes", [255, 255, 255, 255, 0, 0, 0, 0]],
  ])("%s on its descriptor costs its call", async (_what, bytes) => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    expect(await executor.submit(hostile("writeRaw"), bytes).exception()).toBeInstanceOf(BrokenProcessPool);
    expect(await executor.submit(hostile("double"), 4)).toBe(8);
  });

  test("a frame whose body is none costs its call", async () => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    expect(await executor.submit(hostile("sendBody"), new Uint8Array([1, 2, 3])).exception()).toBeInstanceOf(
      BrokenProcessPool,
    );
    expect(await executor.submit(hostile("double"), 4)).toBe(8);
  });

  test("one that says its call waits, and sends its result with the others, loses it", async () => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    const waits = { kind: "detached", id: 0, index: 0 };
    const error = await executor.submit(hostile("sendMessage"), waits).exception();
    expect(String((error as BrokenProcessPool).cause)).toContain("which it had detached");
    expect(await executor.submit(hostile("double"), 4)).toBe(8);
  });

  test("a worker that closes its descriptor and lives on is ended", async () => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    expect(await executor.submit(hostile("closeLine")).exception()).toBeInstanceOf(BrokenProcessPool);
    expect(await executor.submit(hostile("double"), 4)).toBe(8);
  });

  test("a file in the descriptor's place costs the call; nothing is sent into it for long", async () => {
    const folder = mkdtempSync(join(tmpdir(), "line-"));
    try {
      const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
      const file = join(folder, "mine");
      expect(await executor.submit(hostile("replaceLine"), file).exception()).toBeInstanceOf(
        BrokenProcessPool,
      );
      expect(await executor.submit(hostile("double"), 4)).toBe(8);
      // The parent may have ended it before it could open the file.
      if (existsSync(file)) expect(readFileSync(file).length).toBeLessThan(500);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("whatever it sends: its call settles, nothing of the parent changes, and nothing is uncaught", async () => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    const before = Reflect.ownKeys(Object.prototype).length + Reflect.ownKeys(Array.prototype).length;
    const part = fc.oneof(
      fc.anything(),
      fc.constantFrom("results", "up", "began", "progress", "dying", "init-failed", 0, 1, -1, [], {}),
    );
    const record = fc.record(
      { kind: part, id: part, index: part, value: part, microseconds: part, failure: part, error: part },
      { requiredKeys: [] },
    );
    // Results travel as arrays.
    const message = fc.oneof(record, fc.array(part, { maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(message, async (sent) => {
        const body = new Uint8Array(serializable(sent));
        await executor.submit(hostile("sendBody"), body).exception();
        expect(await executor.submit(hostile("double"), 2)).toBe(4);
      }),
      { numRuns: process.env["STRESS"] ? 5_000 : 25 },
    );
    expect(Reflect.ownKeys(Object.prototype).length + Reflect.ownKeys(Array.prototype).length).toBe(before);
  });

  test("a message that never ends costs its call, and shutdown ends", async () => {
    expect(String(((await neverEnding) as BrokenProcessPool).cause)).toContain("has not finished a message");
    await patient.shutdown();
  });
});

describe("a worker thread that has changed what messages are made of", () => {
  test("a polluted prototype reaches nobody else", async () => {
    const executor = pool({ maxWorkers: 1 });
    await executor.submit(hostile("pollute")).exception();
    expect(await executor.submit(hostile("double"), 4).exception()).toBeNull();
    expect(({} as { failures?: unknown }).failures).toBeUndefined();
  });
});

function serializable(value: unknown): Buffer {
  try {
    return serialize(value);
  } catch {
    return serialize("x");
  }
}
