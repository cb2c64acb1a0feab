import { createHash } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Recorder, type Recording, verdicts } from "@concurrent-futures/insights";
import { Pool } from "@concurrent-futures/multiprocessing";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { ThreadPoolExecutor } from "@concurrent-futures/thread";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { exit, failing, spin, square } from "./fixtures/work.mjs";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "recorder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string): string => readFileSync(join(folder, name), "utf8");

/** The recording that lies in a page. */
function dataOf(page: string): Recording {
  const [, json] = /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(page) ?? [];
  return JSON.parse(json as string) as Recording;
}

interface Entry {
  readonly name: string;
  readonly ph: string;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
}

const entriesOf = (name: string): Entry[] => (JSON.parse(read(name)) as { traceEvents: Entry[] }).traceEvents;

describe("a Recorder", () => {
  test.each(["thread", "spawn"] as const)(
    "writes a page and a trace that hold what %s workers did",
    async (mpContext) => {
      const pool = new ProcessPoolExecutor({ maxWorkers: 2, mpContext });
      const recorder = new Recorder(pool, {
        report: join(folder, "run.html"),
        trace: join(folder, "run.json"),
      });
      await pool
        .map(
          spin,
          Array.from({ length: 20 }, (_, at) => at % 5),
        )
        .toArray();
      await pool.submit(failing).exception();
      await pool.shutdown();
      await recorder[Symbol.asyncDispose]();
      const page = read("run.html");
      const { stats, segments, merged } = dataOf(page);
      expect(JSON.parse(JSON.stringify(recorder))).toEqual(dataOf(page));
      expect(stats).toMatchObject({ done: 20, failed: 1, deaths: 0 });
      expect(segments.reduce((sum, { calls }) => sum + calls, 0)).toBe(21);
      expect(segments.reduce((sum, { failed }) => sum + failed, 0)).toBe(1);
      expect(merged.segments).toBe(0);
      expect(stats.slowest).toHaveLength(10);
      expect(
        stats.slowest.filter(({ function: name, arguments: text }) => name === "spin" && text === "4"),
      ).not.toEqual([]);
      const slowest = stats.slowest.map(({ milliseconds }) => milliseconds);
      expect(slowest).toEqual([...slowest].sort((a, b) => b - a));
      // Text first: names and counts can be read without a script.
      expect(page).toContain("20 calls done, 1 failed");
      expect(page).toMatch(/<td>spin<\/td><td>20<\/td><td>0<\/td>/);
      const entries = entriesOf("run.json");
      const workers = [...new Set(segments.map(({ workerId }) => workerId))];
      expect(
        entries
          .filter(({ ph }) => ph === "M")
          .map(({ tid }) => tid)
          .sort(),
      ).toEqual(workers.sort());
      for (const worker of workers) {
        let end = Number.NEGATIVE_INFINITY;
        for (const { ts, dur, name } of entries.filter(({ ph, tid }) => ph === "X" && tid === worker)) {
          expect(ts).toBeGreaterThanOrEqual(end);
          expect(["spin", "failing"]).toContain(name);
          end = ts + dur;
        }
      }
    },
  );

  test("takes all three pools, and nobody else's calls", async () => {
    await using executor = new ThreadPoolExecutor(2);
    await using other = new ThreadPoolExecutor(2);
    await using pool = new Pool(1);
    const recorders = [new Recorder(executor), new Recorder(pool)];
    await executor.map(async (x: number) => x, [1, 2, 3]).toArray();
    await other.submit(square, 1);
    await pool.map(square, [1, 2]);
    for (const recorder of recorders) await recorder[Symbol.asyncDispose]();
    const calls = recorders.map((one) =>
      one.toJSON().segments.reduce((sum, segment) => sum + segment.calls, 0),
    );
    expect(calls).toEqual([3, 2]);
  });

  test("writes its files when the block throws, and only once", async () => {
    const report = join(folder, "thrown.html");
    await expect(
      (async () => {
        await using pool = new ProcessPoolExecutor(1);
        await using recorder = new Recorder(pool, { report });
        await pool.submit(square, 2);
        expect(recorder.stats().slowest).toHaveLength(1);
        throw new Error("out of the block");
      })(),
    ).rejects.toThrow("out of the block");
    expect(dataOf(read("thrown.html")).stats.done).toBe(1);
  });

  test("writes its files at close(), once, also when it is disposed after that", async () => {
    const report = join(folder, "closed.html");
    await using pool = new ThreadPoolExecutor(1);
    await using recorder = new Recorder(pool, { report });
    await pool.submit(async () => 1);
    await recorder.close();
    expect(dataOf(read("closed.html")).stats.done).toBe(1);
    rmSync(report);
    await pool.submit(async () => 2);
    await recorder.close();
    await recorder[Symbol.asyncDispose]();
    expect(existsSync(report)).toBe(false);
    expect(recorder.stats().done).toBe(1);
  });

  test("a page asks for nothing, runs only its own script, and escapes what programs say", async () => {
    await using executor = new ThreadPoolExecutor(1);
    const recorder = new Recorder(executor);
    const evil = Object.defineProperty(async (_: string) => 1, "name", {
      value: "</script><script>alert(1)</script><img onerror=alert(1)>",
    });
    await executor.submit(evil, "</script><b>");
    const path = join(folder, "evil.html");
    await recorder.writeReport(path);
    await recorder[Symbol.asyncDispose]();
    const page = read("evil.html");
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page).not.toContain("<img");
    expect(page).not.toMatch(/(?:src|href)=|https?:\/\/|@import|url\(/);
    const [, script] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? [];
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
    const hash = (text = ""): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    expect(page).toContain(`default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}`);
    expect(dataOf(page).segments[0]?.function).toBe(evil.name);
  });

  test("shows no arguments when previews are off", async () => {
    await using pool = new ProcessPoolExecutor(1);
    const recorder = new Recorder(pool, { previewArguments: false });
    await pool.submit(square, 123_456_789);
    await recorder[Symbol.asyncDispose]();
    expect(JSON.stringify(recorder)).not.toContain("123456789");
    expect(recorder.stats().slowest).toMatchObject([{ function: "square", workerId: 1 }]);
  });

  test("counts workers that died", async () => {
    await using pool = new ProcessPoolExecutor(1);
    await using recorder = new Recorder(pool);
    await pool.submit(exit).exception();
    expect(recorder.stats().deaths).toBe(1);
    expect(verdicts(recorder.stats()).map(({ code }) => code)).toContain("worker-died");
  });

  test("keeps a bounded number of segments of a long run, counts every call, and says so on the page", async () => {
    await using executor = new ThreadPoolExecutor(4);
    const recorder = new Recorder(executor);
    const nothing = async (): Promise<void> => {};
    const calls = 50_000;
    for (let at = 0; at < calls; at += 1_000)
      await Promise.all(Array.from({ length: 1_000 }, () => executor.submit(nothing)));
    await recorder.writeReport(join(folder, "long.html"));
    await recorder[Symbol.asyncDispose]();
    const { segments, merged } = recorder.toJSON();
    expect(segments.length).toBeLessThanOrEqual(20_000);
    expect(segments.reduce((sum, segment) => sum + segment.calls, 0)).toBe(calls);
    expect(merged.segments).toBe(calls - segments.length);
    expect(read("long.html")).toContain(`${merged.segments} older ones were merged`);
  });

  test("stays bounded where each call has a worker of its own, and says how many calls are left out", async () => {
    await using pool = new ProcessPoolExecutor(1);
    await using recorder = new Recorder(pool, { maxSegments: 100 });
    const { pool: number } = pool.stats();
    for (let workerId = 1; workerId <= 1_000; workerId++) {
      channel("concurrent-futures:batch:results").publish({
        ...{ pool: number, workerId, function: "work", count: 1, failed: 0, from: 0, work: 1 },
        at: performance.timeOrigin + performance.now(),
        argumentOf: () => "",
      });
    }
    const { segments, leftOut } = recorder.toJSON();
    expect(segments.length).toBeLessThanOrEqual(100);
    expect(segments.length).toBeGreaterThan(50);
    expect(leftOut).toBe(1_000 - segments.length);
    await recorder.writeReport(join(folder, "cut.html"));
    expect(read("cut.html")).toContain(`${leftOut} calls of the oldest are left out`);
  });

  test("writes the trace when the report cannot be written, and says what went wrong", async () => {
    await using executor = new ThreadPoolExecutor(1);
    const trace = join(folder, "alone.json");
    const recorder = new Recorder(executor, { report: join(folder, "missing", "run.html"), trace });
    await executor.submit(async () => 1);
    await expect(recorder[Symbol.asyncDispose]()).rejects.toThrow("ENOENT");
    expect(entriesOf("alone.json")).toHaveLength(2);
  });

  test("refuses wrong arguments at the call", () => {
    const pool = new ThreadPoolExecutor(1);
    expect(() => new Recorder({} as never)).toThrow("`pool`");
    expect(() => new Recorder(pool, { report: 5 as never })).toThrow("`report`");
    expect(() => new Recorder(pool, { trace: "" })).toThrow("`trace`");
    expect(() => new Recorder(pool, { previewArguments: 1 as never })).toThrow("`previewArguments`");
    expect(() => new Recorder(pool, { maxSegments: 5 })).toThrow("maxSegments");
    expect(() => new Recorder(pool, { reports: "x" } as never)).toThrow("reports");
  });
});
