import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { instrument } from "@concurrent-futures/opentelemetry";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

interface Exported {
  readonly name: string;
  readonly kind: number;
  readonly status: { readonly code: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: string;
}

const [producer, consumer] = [3, 4];
const failed = 2;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spans-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program. Gives what it said, and all spans of its threads and processes. */
async function run(what: string, mpContext: string): Promise<{ told: unknown; spans: Exported[] }> {
  const SPANS = join(folder, "spans");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", fixture("otel.mjs"), fixture("program.mjs"), what, mpContext],
    { env: { ...process.env, SPANS } },
  );
  const lines = existsSync(SPANS) ? readFileSync(SPANS, "utf8").trim().split("\n") : [];
  return { told: JSON.parse(stdout), spans: lines.map((line) => JSON.parse(line) as Exported) };
}

const named = (spans: readonly Exported[], name: string): Exported[] =>
  spans.filter((one) => one.name === name);
const only = (spans: readonly Exported[], name: string): Exported => {
  const found = named(spans, name);
  expect([name, found.length]).toEqual([name, 1]);
  return found[0] as Exported;
};

/** From the caller to the inside of two calls. */
function expectOneTrace(spans: readonly Exported[]): void {
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const outside = only(spans, "outside");
  for (const name of ["withSpan", "withSpanLater"]) {
    const [submit, ran] = [only(spans, `submit ${name}`), only(spans, `run ${name}`)];
    expect([submit.kind, ran.kind]).toEqual([producer, consumer]);
    expect([submit.parent, ran.parent]).toEqual([outside.spanId, submit.spanId]);
    expect(named(spans, "inside").filter(({ parent }) => parent === ran.spanId)).toHaveLength(1);
  }
}

describe.each(["thread", "spawn"])("instrument(), with %s workers", (mpContext) => {
  test("makes one trace from the caller to the inside of a call, awaited or not", async () => {
    const { told, spans } = await run("submit", mpContext);
    expect(told).toEqual([2, 4]);
    expectOneTrace(spans);
  });

  test("marks a call that fails, on both sides", async () => {
    const { spans } = await run("failing", mpContext);
    for (const name of ["submit failing", "run failing"])
      expect(only(spans, name).status).toEqual({ code: failed, message: "on purpose" });
  });

  test.each([
    ["death", "submit exit", "BrokenProcessPool"],
    ["timeout", "submit (anonymous)", "TimeoutError"],
  ])("marks a call that ends by %s", async (what, name, error) => {
    const { told, spans } = await run(what, mpContext);
    expect(told).toBe(error);
    expect(only(spans, name).status.code).toBe(failed);
  });

  test("has one span per map, and one per call of a small one", async () => {
    const { told, spans } = await run("map", mpContext);
    expect(told).toEqual([2, 4, 6]);
    const map = only(spans, "map withSpan");
    expect(map.attributes).toMatchObject({ "concurrent_futures.done": 3, "concurrent_futures.failed": 0 });
    expect(named(spans, "run withSpan").map(({ parent }) => parent)).toEqual(Array(3).fill(map.spanId));
  });
});

describe.each(["thread", "spawn"])("instrument(), with a Pool of %s workers", (mpContext) => {
  test("makes one trace from apply to the inside of a call", async () => {
    const { told, spans } = await run("poolApply", mpContext);
    expect(told).toEqual([2, 4]);
    expectOneTrace(spans);
  });

  test("has a span for each of its maps, and one per call", async () => {
    const { told, spans } = await run("poolMaps", mpContext);
    expect(told).toEqual([[2, 4], [6], 8, 10]);
    const maps = named(spans, "map withSpan");
    expect(maps.map(({ attributes }) => attributes["concurrent_futures.done"])).toEqual([2, 1, 1, 1]);
    const runs = named(spans, "run withSpan").map(({ parent }) => parent);
    expect(maps.map(({ spanId }) => runs.filter((parent) => parent === spanId).length)).toEqual([2, 1, 1, 1]);
    expect(named(spans, "inside")).toHaveLength(5);
  });

  test("marks a call that fails", async () => {
    const { spans } = await run("poolFailing", mpContext);
    for (const name of ["submit failing", "run failing"])
      expect(only(spans, name).status).toEqual({ code: failed, message: "on purpose" });
  });

  test("marks a call whose worker dies", async () => {
    const { told, spans } = await run("poolDeath", mpContext);
    expect(told).toBe("BrokenProcessPool");
    expect(only(spans, "submit exit").status.code).toBe(failed);
  });
});

test("calls of a ThreadPool are within their submit", async () => {
  const { spans } = await run("poolApply", "async");
  const submits = [only(spans, "submit withSpan"), only(spans, "submit withSpanLater")];
  expect(named(spans, "inside").map(({ parent }) => parent)).toEqual(submits.map(({ spanId }) => spanId));
});

test("maps of a ThreadPool have a span each, and their calls none", async () => {
  const { spans } = await run("poolMaps", "async");
  expect(spans.map(({ name }) => name).filter((name) => name !== "inside")).toEqual([
    ...Array(4).fill("map withSpan"),
    "outside",
  ]);
});

test("has no span per call of a large map, and the calls' own spans are still part of it", async () => {
  const { told, spans } = await run("many", "thread");
  expect(told).toBe(1_000);
  const map = only(spans, "map withSpan");
  expect(named(spans, "run withSpan")).toEqual([]);
  expect(new Set(named(spans, "inside").map(({ parent }) => parent))).toEqual(new Set([map.spanId]));
});

test("calls on this event loop are within their submit", async () => {
  const { spans } = await run("submit", "async");
  const submits = [only(spans, "submit withSpan"), only(spans, "submit withSpanLater")];
  expect(named(spans, "inside").map(({ parent }) => parent)).toEqual(submits.map(({ spanId }) => spanId));
});

test("marks calls that are cancelled, refused, or fail with what is no error, and maps that fail", async () => {
  const { told, spans } = await run("otherEnds", "thread");
  expect(told).toEqual([
    ...[
      true,
      "2",
      "CancelledError",
      "a string",
      "undefined",
      "undefined",
      "SerializationError",
      "TypeError",
      2,
    ],
  ]);
  const withSpanLater = named(spans, "submit withSpanLater");
  expect(
    withSpanLater.map(({ attributes }) => attributes["concurrent_futures.cancelled"] ?? false).sort(),
  ).toEqual([false, true]);
  for (const name of ["submit failingLater", "run failingLater"])
    expect(only(spans, name).status).toEqual({ code: failed, message: "a string" });
  for (const name of ["throwsNothing", "throwsNothingLater"])
    for (const side of ["submit", "run"])
      expect(only(spans, `${side} ${name}`).status).toEqual({ code: failed, message: "the call failed" });
  expect(only(spans, "submit withSpan").status.code).toBe(failed);
  const map = only(spans, "map (anonymous)");
  expect([map.status, map.attributes["concurrent_futures.failed"]]).toEqual([
    { code: failed, message: "1 call failed" },
    1,
  ]);
  // Of an input whose length is not known, calls have no span of their own.
  expect(named(spans, "run withSpan")).toEqual([]);
});

test("ends when it is told to", async () => {
  const { told, spans } = await run("stopped", "thread");
  expect(told).toBe(2);
  expect(spans.map(({ name }) => name).sort()).toEqual(["inside", "outside"]);
});

test("is on once at a time", () => {
  const stop = instrument();
  expect(() => instrument()).toThrow("on already");
  stop();
  instrument()();
});
