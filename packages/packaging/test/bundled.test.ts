import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { build, type Format } from "esbuild";
import { root } from "./support/packages.ts";

/** A program that was bundled with the library runs or says, at the first call, how to keep the library external. */

const program = `
  import { ProcessPoolExecutor } from "concurrent-futures";
  const twice = (n) => n * 2;
  const pool = new ProcessPoolExecutor(1);
  Promise.resolve().then(() => pool.submit(twice, 21))
    .then((value) => console.log(value), (error) => console.log(error.name + ": " + error.message))
    .then(() => pool.shutdown());
`;
let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "bundled-")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the program prints when it is run from its bundle, in a folder where only the bundle is, or the library beside it. */
async function output(format: Format, external: boolean): Promise<string> {
  const target = mkdtempSync(join(folder, "program-"));
  const file = join(target, format === "esm" ? "main.mjs" : "main.cjs");
  await build({
    stdin: { contents: program, resolveDir: join(root, "packages/conformance") },
    bundle: true,
    platform: "node",
    format,
    outfile: file,
    logLevel: "silent",
    packages: external ? "external" : "bundle",
  });
  if (external) {
    mkdirSync(join(target, "node_modules"));
    symlinkSync(join(root, "packages/concurrent-futures"), join(target, "node_modules/concurrent-futures"));
  }
  return execFileSync(process.execPath, [file], { encoding: "utf8", timeout: 25_000 }).trim();
}

describe.each<Format>(["esm", "cjs"])("a bundle in the format %s", (format) => {
  test("with the library in it says how to keep it external", async () => {
    const text = await output(format, false);
    expect(text).toMatch(/^RuntimeError: concurrent-futures has been bundled \(into /);
    expect(text).toContain("external");
  });

  test("runs with the library beside it", async () => {
    expect(await output(format, true)).toBe("42");
  });
});
