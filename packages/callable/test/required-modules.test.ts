import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

/** A module that was required here is required there, so that both see the same object and the same hooks. */

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "required-"));
  // As compilers write it. Only a hook for `require` understands the ending.
  const text = "exports.__esModule = true; exports.twice = (n) => n * 2; exports.default = {};";
  writeFileSync(join(folder, "compiled.cjs"), text);
  writeFileSync(join(folder, "hooked.ts"), text);
  writeFileSync(join(folder, "hook.cjs"), 'require.extensions[".ts"] = require.extensions[".js"];');
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(["load", "loadSync"])("by %s", (way) => {
  const callable = import.meta.resolve("@concurrent-futures/callable");
  // A second process has nothing loaded, as a worker.
  const receiver = `
    const { loadSync, load } = require(${JSON.stringify(new URL(callable).pathname)});
    process.once("message", async (ref) => {
      try { process.send((await ${way}(ref))()); } catch (error) { process.send(error.message); }
      process.disconnect();
    });`;
  writeFileSync(join(folder, "receiver.cjs"), receiver);
  const sender = (file: string): string => `
    const { describe } = require(${JSON.stringify(new URL(callable).pathname)});
    const { fork } = require("node:child_process");
    const lib = require(${JSON.stringify(join(folder, file))});
    const child = fork(${JSON.stringify(join(folder, "receiver.cjs"))}, { serialization: "advanced" });
    child.once("message", (answer) => console.log(answer));
    child.send(describe(() => lib.twice(21)));`;
  for (const file of ["compiled.cjs", "hooked.ts"]) {
    writeFileSync(join(folder, "sender.cjs"), sender(file));
    const hook = ["--require", join(folder, "hook.cjs"), "--disable-warning=ExperimentalWarning"];
    const output = execFileSync(process.execPath, [...hook, join(folder, "sender.cjs")], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(`${file}: ${output.trim()}`).toBe(`${file}: 42`);
  }
});
