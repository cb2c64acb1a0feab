import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";

/** Programs that start processes, seen from outside: what they print, what they exit with, and whom they leave behind. */

const run = promisify(execFile);
const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** Runs a program of process-program.mjs to its end. */
async function program(name: string, context: string, flags: readonly string[] = []) {
  const args = [...flags, fixture("process-program.mjs"), name, context];
  return await run(process.execPath, args, { timeout: 25_000 });
}

/** Whether it runs: one that has ended and whose new parent has not noticed yet does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until none of the processes is left. */
async function whenGone(pids: readonly number[]): Promise<void> {
  await until(() => !pids.some(isAlive));
}

/** Starts a program that goes on, and reads what it prints until it says "ready". */
async function started(name: string): Promise<{ child: ChildProcess; pids: number[] }> {
  const child = spawn(process.execPath, [fixture("process-program.mjs"), name, "spawn"], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const pids: number[] = [];
  for await (const line of createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })) {
    if (line === "ready") break;
    pids.push(Number(line));
  }
  return { child, pids };
}

for (const context of ["thread", "spawn"] as const) {
  const named = (method: string, text: string): string => `${method} [${context}]: ${text}`;

  describe("_TestSubclassingProcess", () => {
    test(
      named("test_stderr_flush", "an uncaught error's stack is printed, and the exit code is 1"),
      async () => {
        const { stdout, stderr } = await program("failing", context);
        expect(stdout).toBe("1\n");
        expect(stderr).toMatch(
          /Process child:\nRangeError: target failed\n\s+at .*failing.*process-targets\.mjs/,
        );
      },
    );
  });

  describe(`an error in a child [${context}]`, () => {
    test("that is thrown later counts as well", async () => {
      const { stdout, stderr } = await program("failingLater", context);
      expect(stdout).toBe("1\n");
      expect(stderr).toMatch(/^Process child:\n/);
      expect(stderr).toContain("RangeError: timer failed");
    });

    test("may be undefined", async () => {
      const { stdout, stderr } = await program("throwing", context);
      expect(stdout).toBe("1\n");
      expect(stderr).toContain("Process child:\nundefined\n");
    });
  });

  describe(`a program that ends [${context}]`, () => {
    test("waits for its children, and takes its daemons along", async () => {
      const { stdout } = await program("waits", context);
      const [end, said] = stdout.trim().split("\n");
      expect(said).toBe("child");
      const pid = Number(end?.split(" ")[1]);
      if (context === "spawn") await whenGone([pid]);
    });

    test("by process.exit() leaves nobody behind", async () => {
      const failure = (await program("exits", context).catch((error: unknown) => error)) as {
        code: number;
        stdout: string;
      };
      expect(failure.code).toBe(3);
      if (context === "spawn") await whenGone([Number(failure.stdout)]);
    });
  });

  describe("TestFlags", () => {
    test(named("test_flags", "Node's options are those of the parent"), async () => {
      const { stdout } = await program("flags", context, ["--no-deprecation"]);
      expect((JSON.parse(stdout) as [unknown, string[]])[1]).toEqual(["--no-deprecation"]);
    });
  });

  describe("TestStartMethod", () => {
    test(named("test_set_get", "it is set once, and children agree"), async () => {
      const { stdout } = await program("startMethod", context);
      expect(JSON.parse(stdout)).toEqual({ here: context, there: context, refused: "RuntimeError" });
    });
  });

  describe("TestNoForkBomb", () => {
    test(
      named(
        "test_noforkbomb",
        "a process started by an import in a child is refused, and says how to mend it",
      ),
      async () => {
        const env = { ...process.env, CONTEXT: context };
        const { stdout, stderr } = await run(process.execPath, [fixture("fork-bomb.mjs")], {
          env,
          timeout: 25_000,
        });
        expect(stdout).toBe("exit code 1\n");
        expect(stderr).toMatch(/RuntimeError.*An attempt has been made to start a new process before/s);
        expect(stderr).toContain("parentProcess() === null");
      },
    );
  });
}

describe("_TestProcess", () => {
  test("test_set_executable [spawn]: another program is started, and one that does not exist is refused", async () => {
    const { stdout } = await program("executable", "spawn");
    expect(JSON.parse(stdout)).toEqual({ refused: "OSError", exitcode: 0 });
  });
});

describe("no orphan is left", () => {
  test("by a parent that was killed: neither a daemon, nor a child that computes", async () => {
    const { child, pids } = await started("holds");
    expect(pids).toHaveLength(2);
    child.kill("SIGKILL");
    await whenGone(pids);
  });

  test("by Ctrl-C, which ends all at once and prints no stack", async () => {
    const { child, pids } = await started("holds");
    let noise = "";
    child.stderr?.on("data", (piece) => {
      noise += piece;
    });
    const exit = once(child, "exit");
    // As a terminal does: to the whole group.
    process.kill(-(child.pid as number), "SIGINT");
    expect(await exit).toEqual([null, "SIGINT"]);
    await whenGone(pids);
    expect(noise).toBe("");
  });
});

test("a package that is a link is found where it really is, after a wait for another process", async () => {
  const { stdout } = await run(process.execPath, [fixture("resolves-links.mjs")], { timeout: 25_000 });
  expect(stdout.trim()).toBe("true");
});
