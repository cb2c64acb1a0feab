/**
 * Puts what every worker loads first into one file: Node needs half a millisecond for each ES module, and a pool's first
 * result waits for all of them (42 ms with 24 modules, 30 with 3, where a bare Worker needs 25).
 * Part of `pnpm build`, of every test run, and of packing. Where a file is missing, the modules are loaded one by one.
 *
 * What must be the same object for the worker and for the tasks that it runs stays outside: `core` as a whole. For
 * `callable`, whose second half is loaded when needed, see its `load/shared-state.ts`.
 */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root } from "./run.mjs";

/** The modules with which workers start: `…-entry.js` becomes `…-bundle.js`. */
const entries = [
  "packages/process/dist/worker/thread-entry.js",
  "packages/process/dist/worker/spawn-entry.js",
  "packages/multiprocessing/dist/process/thread-entry.js",
  "packages/multiprocessing/dist/process/spawn-entry.js",
  "packages/multiprocessing/dist/managers/link-entry.js",
];

export async function bundleWorkers() {
  await Promise.all(
    entries
      .map((entry) => join(root, entry))
      .filter(existsSync)
      .map(bundle),
  );
}

async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["@concurrent-futures/core", "@concurrent-futures/core/*"],
    // An import() of what the caller names: nothing to bundle there.
    logOverride: { "unsupported-dynamic-import": "silent" },
    write: false,
  });
  const [{ contents }] = outputFiles;
  const file = entry.replace(/-entry\.js$/, "-bundle.js");
  if (existsSync(file) && readFileSync(file).equals(contents)) return;
  // Workers may be starting right now: they see the old file or the new one, never half of it.
  const part = mkdtempSync(join(dirname(file), "part-"));
  writeFileSync(join(part, "bundle"), contents);
  renameSync(join(part, "bundle"), file);
  rmSync(part, { recursive: true });
}

/** Jest calls it before the first test. */
export default bundleWorkers;

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleWorkers();
