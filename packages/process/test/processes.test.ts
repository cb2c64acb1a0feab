import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { task } from "@concurrent-futures/callable";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { rejection, until } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const named = (name: string) =>
  task(new URL("./fixtures/processes.mjs", import.meta.url), name) as unknown as (
    ...args: unknown[]
  ) => unknown;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has waited for is no process any more.
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

describe("workers that are processes", () => {
  let folder: string;
  let program: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "processes-"));
  });
  afterEach(() => {
    program?.kill("SIGKILL");
    program = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  /** A program with a busy and an idle worker, in a process group of its own. */
  async function start(): Promise<{ busy: number; idle: number; stderr: () => string }> {
    const told = join(folder, "busy");
    program = spawn(process.execPath, [fixture("orphans.mjs"), told], { detached: true });
    let stdout = "";
    let stderr = "";
    program.stdout?.on("data", (text) => {
      stdout += text;
    });
    program.stderr?.on("data", (text) => {
      stderr += text;
    });
    await until(() => stdout.includes("\n") && existsSync(told) && readFileSync(told, "utf8") !== "", 20_000);
    return {
      busy: Number(readFileSync(told, "utf8")),
      idle: (JSON.parse(stdout) as { idle: number }).idle,
      stderr: () => stderr,
    };
  }

  test("end by themselves when their parent is killed, even in the middle of a loop", async () => {
    const { busy, idle } = await start();
    expect([alive(busy), alive(idle)]).toEqual([true, true]);
    program?.kill("SIGKILL");
    await until(() => !alive(busy) && !alive(idle), 5_000);
  });

  test("end with their parent on Ctrl-C, quickly and without noise", async () => {
    const { busy, idle, stderr } = await start();
    // The terminal sends SIGINT to the whole group.
    process.kill(-(program?.pid as number), "SIGINT");
    await until(() => program?.exitCode !== null || program?.signalCode !== null, 5_000);
    await until(() => !alive(busy) && !alive(idle), 5_000);
    expect(program?.signalCode).toBe("SIGINT");
    expect(stderr()).toBe("");
  });

  test("print in order with their parent", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [fixture("speaks.mjs")], {
      timeout: 20_000,
    });
    const lines = Array.from({ length: 5 }, (_, at) => [`parent ${at}`, `worker ${at}`]).flat();
    expect(stdout.trim().split("\n")).toEqual(lines);
  });

  test("that ignore SIGTERM are ended all the same", async () => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    const stubborn = executor.submit(named("ignoreTermination"));
    await until(() => stubborn.running());
    executor.terminateWorkers();
    expect(await rejection(stubborn)).toMatchObject({ name: "BrokenProcessPool" });
    await executor.shutdown();
  });

  test("that are stopped by SIGSTOP can be cancelled by force", async () => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    const stopped = executor.submit(named("stopSelf"));
    await until(() => stopped.running());
    expect(stopped.cancel({ force: true })).toBe(true);
    expect(await rejection(stopped)).toMatchObject({ name: "CancelledError" });
    expect(await executor.submit(work("square"), 3)).toBe(9);
  });

  test("get this process's options for Node, and its environment", async () => {
    const executor = pool({
      maxWorkers: 1,
      mpContext: "spawn",
      execArgv: ["--stack-trace-limit=7"],
      env: { ...process.env, MARK: "here" },
    });
    const tell = () => [process.execArgv.includes("--stack-trace-limit=7"), process.env.MARK];
    expect(await executor.submit(tell)).toEqual([true, "here"]);
  });

  test("that cannot be started for want of file descriptors break their pool, and no other", async () => {
    const limited = `ulimit -n 256; exec "${process.execPath}" "${fixture("no-descriptors.mjs")}"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", limited], { timeout: 20_000 });
    const told = JSON.parse(stdout) as { error: string; message: string; still: number };
    expect(told).toMatchObject({ error: "BrokenProcessPool", still: 16 });
    // Node 24 says it in words.
    expect(told.message).toMatch(/EMFILE|Too many open files/);
  });

  test("block and wake a thread that waits for them, with large messages both ways", () => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    const bytes = new Uint8Array(5_000_000).fill(7);
    const back = executor.submit(work("identity"), bytes).resultSync(20_000) as Uint8Array;
    expect(back.length).toBe(bytes.length);
    expect(back[4_999_999]).toBe(7);
  });

  test("tell the guilty item of a map after SIGKILL, and lose no other", async () => {
    const executor = pool({ maxWorkers: 2, mpContext: "spawn" });
    const deadly = (x: number) => {
      if (x === 77) process.kill(process.pid, "SIGKILL");
      return x;
    };
    const seen: number[] = [];
    const error = await rejection(
      (async () => {
        for await (const value of executor.map(
          deadly,
          Array.from({ length: 200 }, (_, at) => at),
        ))
          seen.push(value);
      })(),
    );
    expect((error as Error).message).toContain("item 77 of a map");
    expect(seen).toEqual(Array.from({ length: 77 }, (_, at) => at));
  });
});
