import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

/** The folders of sockets without an address, and of workers of other machines: what remains of them when a program has ended. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "folders-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (program: string) => {
  const source = `import * as mp from "@concurrent-futures/multiprocessing"; import { Worker } from "node:worker_threads"; ${program}`;
  const cwd = new URL(".", import.meta.url);
  // Without memory that processes share, their locks live in a server, which listens in such a folder.
  const env = { ...process.env, TMPDIR: folder, CONCURRENT_FUTURES_SHARED_MEMORY: "off" };
  return spawnSync(process.execPath, ["--input-type=module", "-e", source], { cwd, env, encoding: "utf8" });
};
const left = () => readdirSync(folder).filter((name) => name.startsWith("cf-"));

test.each([
  ["a listener at process.exit()", "await new mp.Listener().ready(); process.exit();"],
  ["a listener at an uncaught error", "await new mp.Listener().ready(); throw new Error();"],
  ["a server that was closed", "const s = new mp.BaseManager().getServer(); await s.listen(); s.close();"],
  ["a manager", "await mp.Manager(); process.exit();"],
  ["locks between processes", 'mp.getContext("spawn").Lock();'],
])("%s leaves none", (_what, program) => {
  run(program);
  expect(left()).toEqual([]);
});

test("what a program leaves that was killed as it started a worker process goes with the next that starts one", () => {
  run('mp.getContext("spawn").Lock(); process.kill(process.pid, "SIGKILL");');
  // Of the same process, and with what such a folder has.
  const [name] = left();
  writeFileSync(join(folder, name as string, "claim"), "");
  run('const pool = mp.getContext("spawn").Pool(1); await pool.apply(Math.abs, [-1]); pool.terminate();');
  expect(left()).toEqual([]);
});

test("what a killed program leaves goes with the next that starts", () => {
  expect(run('mp.getContext("spawn").Lock(); process.kill(process.pid, "SIGKILL");').signal).toBe("SIGKILL");
  expect(left()).toHaveLength(1);
  run('mp.getContext("spawn").Lock();');
  expect(left()).toEqual([]);
});
