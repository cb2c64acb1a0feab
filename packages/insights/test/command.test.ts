import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { lineOf } from "./support/line-of.ts";

const command = fileURLToPath(new URL("../../concurrent-futures/dist/command.js", import.meta.url));
const program = fileURLToPath(new URL("./fixtures/plain-program.mjs", import.meta.url));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "command-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, env: process.env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (piece) => {
    stdout += piece;
  });
  child.stderr.on("data", (piece) => {
    stderr += piece;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, stdout, stderr }));
  return { child, ended };
}

const run = (...args: string[]): Promise<Ended> => start(args).ended;
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

describe("concurrent-futures run", () => {
  test("alone adds nothing, and hides nothing from the script", async () => {
    const { code, stdout, stderr } = await run("run", program, "--report", "x");
    expect(JSON.parse(stdout)).toEqual({ argv: ["--report", "x"], execArgv: [], run: null });
    expect([code, stderr, existsSync(join(folder, "x"))]).toEqual([0, "", false]);
  });

  test("writes a report and a trace, which show prints again", async () => {
    const { code, stderr } = await run("run", "--report", "run.html", "--trace=run.json", program);
    expect(code).toBe(0);
    expect(stderr).toContain("wrote run.html");
    expect(read("run.html")).toContain("20 calls done, 1 failed");
    for (const file of ["run.html", "run.json"]) {
      const shown = await run("show", file);
      expect([shown.code, shown.stderr]).toEqual([0, ""]);
      expect(shown.stdout).toContain("20 calls done, 1 failed");
      expect(shown.stdout).toMatch(/^spin +20 +0 /m);
    }
  });

  test.each([
    ["throw", 1, "the script's own error"],
    ["exit", 7, ""],
  ])("leaves the report of a script that ends by %s, and its exit code", async (how, expected, error) => {
    const { code, stderr } = await run("run", "--report", "run.html", program, how);
    expect(code).toBe(expected);
    expect(stderr).toContain(error);
    expect(read("run.html")).toContain("20 calls done, 1 failed");
  });

  test.each(["SIGINT", "SIGTERM"] as const)("leaves the report when %s ends it", async (signal) => {
    const { child, ended } = start(["run", "--report", "run.html", program, "wait"]);
    const [, pid] = await lineOf(child.stdout, /^waiting (\d+)$/);
    // As a terminal does: to the script, and to the command that waits for it.
    const script = Number(pid);
    expect(script).toBeGreaterThan(1);
    process.kill(signal === "SIGINT" ? script : (child.pid as number), signal);
    const { code, signal: by } = await ended;
    expect([code, by]).toEqual([null, signal]);
    expect(read("run.html")).toContain("20 calls done, 1 failed");
  });

  test("writes a file for each pool", async () => {
    await run("run", "--report", "run.html", program, "two-pools");
    expect(read("run.html")).toContain("20 calls done, 1 failed");
    expect(read("run-2.html")).toContain("1 calls done, 0 failed");
  });

  test("shows progress in lines where asked for, and nothing by itself without a terminal", async () => {
    const lines = await run("run", "--progress=log", program);
    expect(lines.stderr).toMatch(/pool 1 21\/21 100 % 1 failed/);
    const automatic = await run("run", "--progress", program);
    expect([automatic.code, automatic.stderr]).toEqual([0, ""]);
  });

  test("serves a dashboard that ends with the script", async () => {
    const { child, ended } = start(["run", "--dashboard", program, "wait"]);
    const [, address = ""] = await lineOf(child.stderr, /^concurrent-futures: (http:\S+)$/);
    expect(await (await fetch(address)).text()).toContain("What a pool did");
    child.kill("SIGTERM");
    await ended;
    await expect(fetch(address)).rejects.toThrow();
  });

  test("says what it cannot write, and leaves the exit code alone", async () => {
    const { code, stderr } = await run("run", "--report", "missing/run.html", program);
    expect(code).toBe(0);
    expect(stderr).toContain("cannot write missing/run.html");
  });

  test.each([
    [[], "Expected a script"],
    [["--repot", "x", program], "no option --repot"],
    [["--report"], "Expected a file"],
    [["--report=", program], "Expected a file"],
    [["--progress=fast", program], "auto, bar, log or off"],
    [["--dashboard=99999", program], "a port"],
    [["--report", "a", "--report", "b", program], "twice"],
  ])("refuses %j", async (args, message) => {
    const { code, stdout, stderr } = await run("run", ...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });
});

describe("concurrent-futures", () => {
  test("says what there is", async () => {
    for (const args of [["--help"], ["run", "--help"], ["show", "--help"]]) {
      const { code, stdout, stderr } = await run(...args);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("Usage: concurrent-futures");
    }
    for (const args of [[], ["walk"], ["show"], ["show", "a", "b"]]) {
      const { code, stderr } = await run(...args);
      expect(code).toBe(2);
      expect(stderr).toContain("Usage: concurrent-futures");
    }
  });

  test("show refuses what is no recording, and lets no name steer the terminal", async () => {
    expect((await run("show", "missing.json")).stderr).toContain("ENOENT");
    for (const [name, text] of Object.entries({
      "a.json": "{}",
      "b.html": "<html>",
      "c.json": '{"traceEvents":[]}',
      "d.json": "null",
    })) {
      writeFileSync(join(folder, name), text);
      const { code, stdout, stderr } = await run("show", name);
      expect([name, code, stdout]).toEqual([name, 1, ""]);
      expect(stderr).toContain("not a report or trace");
    }
    await run("run", "--trace", "run.json", program);
    writeFileSync(join(folder, "evil.json"), read("run.json").replaceAll('"spin"', '"sp\\u001B[2Jin"'));
    const { stdout } = await run("show", "evil.json");
    expect(stdout).toContain("sp[2Jin");
    expect(stdout).not.toContain("\u001B");
  });
});
