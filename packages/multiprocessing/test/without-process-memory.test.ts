import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

/** What a spawned context does where processes have no memory that they share. */

const run = promisify(execFile);
const own = fileURLToPath(new URL("..", import.meta.url));

const program = `
  import { getContext } from "@concurrent-futures/multiprocessing";
  const ctx = getContext("spawn");
  const refused = (make) => {
    try { return String(make()); } catch ({ code, message }) { return [code, message]; }
  };
  const lock = ctx.Lock();
  const locked = await lock.run(() => lock.locked());
  const queue = ctx.Queue();
  await queue.put(5);
  console.log(JSON.stringify({
    lock: lock.constructor.name, locked, item: await queue.get(),
    value: refused(() => ctx.Value("i", 0)), memory: refused(() => ctx.SharedMemory({ create: true, size: 1 })),
    threads: getContext("thread").Value("i", 4).value,
  }));
  process.exit();
`;

interface Told {
  readonly lock: string;
  readonly locked: boolean;
  readonly item: number;
  readonly value: readonly [string, string];
  readonly memory: readonly [string, string];
  readonly threads: number;
}

let folder: string;

/** A copy of the package as it is installed without the optional one. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "without-memory-"));
  const scope = join(folder, "node_modules/@concurrent-futures");
  // Both look for it from where they are.
  for (const name of ["multiprocessing", "process"]) {
    mkdirSync(join(scope, name), { recursive: true });
    for (const part of ["dist", "package.json"])
      cpSync(join(dirname(own), name, part), join(scope, name, part), { recursive: true });
  }
  for (const name of ["core", "callable", "thread"]) symlinkSync(join(dirname(own), name), join(scope, name));
  symlinkSync(join(dirname(own), "process/node_modules/piscina"), join(folder, "node_modules/piscina"));
  writeFileSync(join(folder, "program.mjs"), program);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function told(options: {
  env?: Record<string, string>;
  flags?: string[];
  file?: string;
}): Promise<Told> {
  const file = options.file ?? join(folder, "program.mjs");
  const { stdout } = await run(process.execPath, [...(options.flags ?? []), file], {
    cwd: own,
    env: { ...process.env, ...options.env },
  });
  return JSON.parse(stdout) as Told;
}

describe("without memory that processes share", () => {
  test("locks and queues live in a server, and values are refused by the package's name", async () => {
    const { lock, locked, item, value, memory, threads } = await told({});
    expect({ lock, locked, item, threads }).toEqual({
      lock: "ServedLock",
      locked: true,
      item: 5,
      threads: 4,
    });
    for (const [refused, instead] of [
      [value, "(await Manager()).Value()"],
      [memory, "a Pipe or a Queue"],
    ] as const) {
      expect(refused[0]).toBe("ERR_SERIALIZATION");
      expect(refused[1]).toContain("@concurrent-futures/shared-memory: install it");
      expect(refused[1]).toContain(instead);
    }
  });

  test("the same by CONCURRENT_FUTURES_SHARED_MEMORY=off, and on a system where it was not tested", async () => {
    const file = join(own, "test", `.without-${process.pid}.mjs`);
    writeFileSync(file, program);
    try {
      const off = await told({ file, env: { CONCURRENT_FUTURES_SHARED_MEMORY: "off" } });
      expect([off.lock, off.value[1]]).toEqual(["ServedLock", expect.stringContaining("=off")]);
      const arm = "data:text/javascript,Object.defineProperty(process,'arch',{value:'arm64'})";
      const untested = await told({ file, flags: ["--import", arm] });
      expect([untested.lock, untested.value[1]]).toEqual([
        "ServedLock",
        expect.stringContaining("linux on arm64"),
      ]);
    } finally {
      rmSync(file);
    }
  });
});
