/**
 * Puts what every worker thread loads first into one file: Node needs half a millisecond for each ES module, and a
 * pool's first result waits for all of them (42 ms with 24 modules, 30 with 3, where a bare Worker needs 25).
 * Part of `pnpm build`, of every test run, and of packing. Where the file is missing, the modules are loaded one by one.
 *
 * What must be the same object for the worker and for the tasks that it runs stays outside: `core` as a whole. For
 * `callable`, whose second half is loaded when needed, see its `load/shared-state.ts`.
 */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root } from "./run.mjs";

const folder = join(root, "packages/process/dist/worker");
const bundle = join(folder, "thread-bundle.js");

export async function bundleWorker() {
  const { outputFiles } = await build({
    entryPoints: [join(folder, "thread-entry.js")],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["@concurrent-futures/core/*"],
    // An import() of what the caller names: nothing to bundle there.
    logOverride: { "unsupported-dynamic-import": "silent" },
    write: false,
  });
  const [{ contents }] = outputFiles;
  if (existsSync(bundle) && readFileSync(bundle).equals(contents)) return;
  // Workers may be starting right now: they see the old file or the new one, never half of it.
  const part = mkdtempSync(join(folder, "part-"));
  writeFileSync(join(part, "bundle"), contents);
  renameSync(join(part, "bundle"), bundle);
  rmSync(part, { recursive: true });
}

/** Jest calls it before the first test. */
export default bundleWorker;

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleWorker();
