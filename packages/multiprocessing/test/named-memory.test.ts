import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ValueError } from "@concurrent-futures/core";
import { FileExistsError, FileNotFoundError, getContext } from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, test } from "@jest/globals";
import { programs } from "./fixtures/python-programs.ts";

/** Blocks of memory with a name that every program of the machine can open, Python's too. */

const ctx = getContext("spawn");
const run = promisify(execFile);
const names = new Set<string>();
let count = 0;

function newName(): string {
  const name = `concurrent-futures-${process.pid}-${++count}`;
  names.add(name);
  return name;
}

afterEach(() => {
  for (const name of names) {
    try {
      ctx.SharedMemory(name).unlink();
    } catch {
      // The test has done so.
    }
  }
  names.clear();
});

describe("SharedMemory of processes", () => {
  test("is made once, opened by its name, and gone after unlink; who has it open keeps it", () => {
    const name = newName();
    const made = ctx.SharedMemory({ name, create: true, size: 100 });
    const opened = ctx.SharedMemory(name);
    (made.buf as Uint8Array)[99] = 5;
    expect([opened.size, opened.buf?.[99]]).toEqual([100, 5]);
    expect(() => ctx.SharedMemory({ name, create: true, size: 1 })).toThrow(FileExistsError);
    made.unlink();
    expect(() => ctx.SharedMemory(name)).toThrow(FileNotFoundError);
    expect(() => made.unlink()).toThrow(FileNotFoundError);
    expect(opened.buf?.[99]).toBe(5);
  });

  test("a view goes on reading after close()", () => {
    const block = ctx.SharedMemory({ name: newName(), create: true, size: 8 });
    const view = block.buf as Uint8Array;
    view[0] = 3;
    block.close();
    block.close();
    expect(block.buf).toBeNull();
    expect(view[0]).toBe(3);
  });

  test.each([
    ["is empty", ""],
    ["has a slash", "a/b"],
    ["is a folder", ".."],
    ["is too long", "x".repeat(300)],
    ["has a null character", "nul\0"],
  ])("a name that %s is refused", (_what, name) => {
    expect(() => ctx.SharedMemory({ name, create: true, size: 1 })).toThrow(ValueError);
  });

  test("its names are not those of threads", () => {
    const name = newName();
    const block = ctx.SharedMemory({ name, create: true, size: 8 });
    expect(() => getContext("thread").SharedMemory(name)).toThrow(FileNotFoundError);
    block.unlink();
  });
});

describe("when a program ends without having unlinked", () => {
  const program = fileURLToPath(new URL("./fixtures/named-memory.mjs", import.meta.url));
  const left = (name: string): string[] => readdirSync("/dev/shm").filter((one) => one.startsWith(name));

  test.each(["returned", "killed", "thrown"])("nothing is left: %s", async (how) => {
    const name = newName();
    const { stdout } = await run(process.execPath, [program, how, name]).catch((error) => error);
    expect(JSON.parse(stdout)).toEqual({ seen: 7 });
    expect(left(name)).toEqual([]);
  });
});

/** SharedMemory came with 3.8. */
const pythons = [...programs].filter(([version]) => version !== "3.7");

describe.each(pythons)("Python %s at the other end", (_version, program) => {
  /** Runs a program of Python, and gives the lines that it prints. */
  async function python(code: string): Promise<string[]> {
    const { stdout } = await run(program, ["-c", code]);
    return stdout.trim().split("\n");
  }

  test("opens what was made here, and each sees the other's numbers", async () => {
    const name = newName();
    const block = ctx.SharedMemory({ name, create: true, size: 8000 });
    const numbers = new Float64Array((block.buf as Uint8Array).buffer).map((_, at) => at / 2);
    new Float64Array((block.buf as Uint8Array).buffer).set(numbers);
    const [sum] = await python(`
import sys
from multiprocessing import shared_memory, resource_tracker
# A Python that only opens a block unlinks it when it ends, unless it is told not to keep track of it.
if sys.version_info >= (3, 13):
    shm = shared_memory.SharedMemory(name=${JSON.stringify(name)}, track=False)
else:
    shm = shared_memory.SharedMemory(name=${JSON.stringify(name)})
    resource_tracker.unregister(shm._name, "shared_memory")
view = shm.buf.cast("d")
print(sum(view))
view[0] = 42.5
view.release()
shm.close()
`);
    expect(Number(sum)).toBe(249_750);
    expect(new Float64Array((block.buf as Uint8Array).buffer)[0]).toBe(42.5);
    expect(ctx.SharedMemory(name).size).toBe(8000);
  });

  test("makes what is opened here, and reads what was written here", async () => {
    const name = newName();
    const other = spawn(program, [
      "-c",
      `
from multiprocessing import shared_memory
shm = shared_memory.SharedMemory(name=${JSON.stringify(name)}, create=True, size=800)
view = shm.buf.cast("d")
for i in range(100): view[i] = i
print("ready", flush=True)
input()
print(sum(view[i] for i in range(100)), flush=True)
view.release()
shm.close()
shm.unlink()
`,
    ]);
    // By lines: a line and its end may arrive apart.
    const lines = createInterface(other.stdout)[Symbol.asyncIterator]();
    const said = async (): Promise<string | undefined> => (await lines.next()).value;
    expect(await said()).toBe("ready");
    const block = ctx.SharedMemory(name);
    const numbers = new Float64Array((block.buf as Uint8Array).buffer, 0, 100);
    expect(numbers.reduce((sum, value) => sum + value, 0)).toBe(4950);
    for (let i = 0; i < 100; i++) numbers[i]! *= 2;
    const answer = said();
    other.stdin.end("go\n");
    expect(Number(await answer)).toBe(9900);
    await once(other, "exit");
    expect(numbers[99]).toBe(198);
    expect(() => ctx.SharedMemory(name)).toThrow(FileNotFoundError);
  });
});
