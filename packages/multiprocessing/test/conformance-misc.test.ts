import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as mp from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";

/** CPython's tests that are about the module as a whole, and about what a pool leaves behind. */

const run = promisify(execFile);

async function told(name: string, context: string): Promise<Record<string, unknown>> {
  const file = fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
  const { stdout } = await run(process.execPath, ["--expose-gc", file, context], { timeout: 25_000 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** `multiprocessing.__all__` of CPython 3.13 and what became of each name; those that have no meaning in Node say why. */
const pythonNames: Readonly<Record<string, string | { readonly none: string }>> = {
  Array: "Array",
  AuthenticationError: "AuthenticationError",
  Barrier: "Barrier",
  BoundedSemaphore: "BoundedSemaphore",
  BufferTooShort: "BufferTooShort",
  Condition: "Condition",
  Event: "Event",
  JoinableQueue: "JoinableQueue",
  Lock: "Lock",
  Manager: "Manager",
  Pipe: "Pipe",
  Pool: "Pool",
  Process: "Process",
  ProcessError: "ProcessError",
  Queue: "Queue",
  RLock: "RLock",
  RawArray: "RawArray",
  RawValue: "RawValue",
  Semaphore: "Semaphore",
  SimpleQueue: "SimpleQueue",
  TimeoutError: "TimeoutError",
  Value: "Value",
  active_children: "activeChildren",
  allow_connection_pickling: { none: "connections always travel" },
  cpu_count: "cpuCount",
  current_process: "currentProcess",
  freeze_support: { none: "Node programs are not frozen" },
  get_all_start_methods: "getAllStartMethods",
  get_context: "getContext",
  get_logger: { none: "Node has no standard logging; warnings are process.emitWarning's" },
  get_start_method: "getStartMethod",
  log_to_stderr: { none: "the same" },
  parent_process: "parentProcess",
  reducer: { none: "a class says how it travels by [reduce] and [revive]" },
  set_executable: "setExecutable",
  set_forkserver_preload: { none: "there is no forkserver" },
  set_start_method: "setStartMethod",
};

describe("MiscTestCase", () => {
  test("test__all__: each of Python's names is here, or has no meaning in Node", () => {
    const missing = Object.values(pythonNames).filter((name) => typeof name === "string" && !(name in mp));
    expect(missing).toEqual([]);
    const reasons = Object.values(pythonNames).filter((name) => typeof name === "object");
    expect(reasons.every(({ none }) => none.length > 0)).toBe(true);
  });
});

describe("_TestImportStar", () => {
  test("test_import: whatever the module lists is defined, imported or required", async () => {
    const print = "console.log(JSON.stringify(Object.keys(require('@concurrent-futures/multiprocessing'))))";
    const cwd = fileURLToPath(new URL("..", import.meta.url));
    const { stdout } = await run(process.execPath, ["--no-warnings", "-e", print], { cwd });
    expect((JSON.parse(stdout) as string[]).filter((name) => !name.startsWith("__")).sort()).toEqual(
      Object.keys(mp).sort(),
    );
    for (const [name, value] of Object.entries(mp)) expect([name, value]).not.toEqual([name, undefined]);
  });
});

for (const context of ["thread", "spawn"] as const) {
  describe("_TestPool", () => {
    test(`test_release_task_refs [${context}]: arguments and results are freed`, async () => {
      expect(await told("frees-references.mjs", context)).toEqual({ seen: 20, left: 0 });
    });

    test(`test_resource_warning [${context}]: a pool that was dropped without being closed is told of`, async () => {
      expect(await told("drops-a-pool.mjs", context)).toEqual({
        warning: "ResourceWarning: unclosed running multiprocessing pool: close() or terminate() it.",
        squares: [1, 4, 9],
      });
    });
  });
}

describe("TestPoolNotLeakOnFailure", () => {
  test("test_release_unused_processes: a process that cannot start breaks the pool, and the others are stopped", async () => {
    const file = fileURLToPath(new URL("./fixtures/too-many-processes.mjs", import.meta.url));
    const limited = `ulimit -n 128; exec "${process.execPath}" "${file}"`;
    const { stdout } = await run("bash", ["-c", limited], { timeout: 25_000 });
    const { name, message, left } = JSON.parse(stdout) as { name: string; message: string; left: number };
    expect(name).toBe("BrokenProcessPool");
    // Node 24 says it in words.
    expect(message).toMatch(/EMFILE|Too many open files/);
    expect(left).toBe(0);
  });
});
