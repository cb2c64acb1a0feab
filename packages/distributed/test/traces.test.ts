import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";
import { WorkerProcess } from "./support/worker-process.ts";

const packages = fileURLToPath(new URL("../../", import.meta.url));
const setUp = pathToFileURL(join(packages, "opentelemetry/test/fixtures/otel.mjs")).href;
const authkey = "a key of both sides";

interface Exported {
  readonly name: string;
  readonly status: { readonly code: number; readonly message?: string };
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: string;
}

/** A copy of the program with its own `node_modules`, as on a machine of its own. */
function machine(modules: Record<string, string>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "cf-traced-")));
  cpSync(fileURLToPath(new URL("./fixtures/traced", import.meta.url)), root, { recursive: true });
  for (const [name, folder] of Object.entries(modules)) {
    const link = join(root, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(packages, folder)), link);
  }
  return root;
}

describeWithRedis("a trace, and whatever else is carried, over machines", () => {
  const api = {
    "@opentelemetry/api": "opentelemetry/node_modules/@opentelemetry/api",
    "@concurrent-futures/core": "core",
  };
  const tracing = { ...api, "@concurrent-futures/opentelemetry": "opentelemetry" };
  const ours = {
    "@concurrent-futures/distributed": "distributed",
    "concurrent-futures": "concurrent-futures",
  };
  const here = machine({ ...tracing, ...ours });
  let redis: RedisServer;
  const roots = [here];

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    await redis?.[Symbol.asyncDispose]();
    for (const root of roots) rmSync(root, { recursive: true, force: true });
  });

  /** Runs the program here, with a worker on another machine. */
  async function run(there: string): Promise<{ said: unknown; spans: Exported[] }> {
    roots.push(there);
    const file = join(there, "spans");
    process.env["SPANS"] = file;
    await using _worker = await WorkerProcess.start(
      { redis: redis.url, root: there, slots: 1, authkey },
      process.execPath,
      { nodeOptions: `--import ${setUp}` },
    );
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--import", setUp, join(here, "program.mjs"), redis.url, here],
      { timeout: 30_000, env: { ...process.env, SPANS: file } },
    );
    const lines = readFileSync(file, "utf8").trim().split("\n");
    return { said: JSON.parse(stdout), spans: lines.map((line) => JSON.parse(line) as Exported) };
  }

  const results = {
    one: 2,
    several: [2, 4, 6],
    rows: [8, 10, 12],
    error: "RangeError: on purpose",
    tenants: ["first", "second", "second", "third", "third", "nobody"],
  };

  test("goes on in the worker, each call's below its own submit, and each row's below its map", async () => {
    const { said, spans } = await run(machine(tracing));
    expect(said).toEqual(results);
    const named = (name: string): Exported[] => spans.filter((one) => one.name === name);
    const [outside] = named("outside") as [Exported];
    const trace = spans.filter(({ traceId }) => traceId === outside.traceId);
    const children = (parent: Exported, name: string): Exported[] =>
      trace.filter((one) => one.parent === parent.spanId && one.name === name);
    const submits = named("submit withSpan");
    expect(submits).toHaveLength(4);
    for (const submit of submits) {
      expect(submit.parent).toBe(outside.spanId);
      const [ran, ...others] = children(submit, "run withSpan");
      expect(others).toEqual([]);
      expect(children(ran as Exported, "inside")).toHaveLength(1);
    }
    const [map] = named("map withSpan") as [Exported];
    const rows = children(map, "run withSpan");
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(children(row, "inside")).toHaveLength(1);
    const [failing] = named("submit failing") as [Exported];
    expect(children(failing, "run failing")).toMatchObject([{ status: { code: 2, message: "on purpose" } }]);
  });

  test("ends at a worker that has no tracing, whose calls run all the same", async () => {
    const { said, spans } = await run(machine(api));
    expect(said).toEqual(results);
    expect(spans.filter(({ name }) => name.startsWith("run "))).toEqual([]);
  });
});
