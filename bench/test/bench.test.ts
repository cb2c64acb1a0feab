import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Results } from "../harness/rows.ts";

const script = fileURLToPath(new URL("../dist/run.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-"));
const out = join(folder, "results.json");
const run = promisify(execFile);

afterAll(() => rmSync(folder, { recursive: true }));

describe("the benchmark", () => {
  let results: Results;
  // The ports run in a test of their own, beside Python.
  let names: string[];

  beforeAll(async () => {
    if (!existsSync(script)) throw new Error("The benchmark is not built: run `npx tsc -b bench`.");
    const peers = [
      "nothing",
      "ours",
      "piscina",
      "bare MessagePort",
      "bare pipe",
      "bare Worker",
      "p-limit",
      "sequential",
    ];
    const chosen = peers.flatMap((name) => ["--peer", name]);
    const { stdout } = await run(process.execPath, [script, "--list"]);
    names = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(":")[0] as string)
      .filter((name) => !name.startsWith("port-"));
    const cases = names.flatMap((name) => ["--case", name]);
    await run(process.execPath, [script, "--quick", ...cases, ...chosen, "--out", out]);
    results = JSON.parse(readFileSync(out, "utf8")) as Results;
  }, 300_000);

  test("runs every case but the ports once, ours and a peer, and nobody fails", async () => {
    expect(results.rows.map((row) => row.case)).toEqual(names);
    const failures = results.rows.flatMap((row) =>
      row.contestants.filter(({ state }) => state !== "measured").map((contestant) => [row.case, contestant]),
    );
    expect(failures).toEqual([]);
    for (const { contestants } of results.rows) expect(contestants.length).toBeGreaterThan(0);
  });

  test("keeps machine, versions and date beside the figures", () => {
    expect(results.machine).toMatchObject({ node: process.version, cores: expect.any(Number) });
    expect(Date.parse(results.date)).not.toBeNaN();
  });

  test("judges the last results without measuring, and fails when a bar is missed", async () => {
    const args = [script, "--check", "--last", "--out", out];
    const missed = results.rows.some(({ bars }) => bars.some(({ verdict }) => verdict === "missed"));
    const code = await run(process.execPath, args).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
    expect(code).toBe(missed ? 1 : 0);
  });

  test("leaves Python out, visibly, where there is none", async () => {
    const file = join(folder, "no-python.json");
    const args = [script, "--quick", "--case", "tiny-submit", "--peer", "python", "--out", file];
    await run(process.execPath, args, { env: { ...process.env, PATH: folder } });
    const [row] = (JSON.parse(readFileSync(file, "utf8")) as Results).rows;
    expect(row?.contestants).toHaveLength(2);
    for (const contestant of row?.contestants ?? []) {
      expect(contestant).toMatchObject({ state: "skipped", reason: "python3 was not found" });
    }
    expect(new Set(row?.bars.map(({ verdict }) => verdict))).toEqual(new Set(["not judged"]));
  });

  test("refuses a case that does not exist, naming those that do", async () => {
    await expect(run(process.execPath, [script, "--case", "nonsense"])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("tiny-submit"),
    });
  });
});
