/**
 * Puts each package into few files, in `dist/bundle`: Node needs half a millisecond of CPU time for each ES module, and
 * the front door has 190, multiprocessing 370. A package is one file, `modules.js`, so that each of its modules is
 * there once, with a small file for each way in: an entry point, or a module by whose URL a class or a function is found
 * in a worker. Our packages load each other by the one file (`…/bundle`).
 *
 * What workers start with is one file each, which has its own copy of all that it needs. It is CommonJS: a worker that runs
 * nothing but functions by value never starts Node's loader of ES modules, which takes 5 to 9 ms of 34, more than all of ours.
 * What must be the same object for a worker and for the tasks that it runs lies under registered symbols: see `core/src/keys.ts`
 * and `callable/src/load/shared-state.ts`.
 *
 * Part of `pnpm build`, of every test run, and of packing.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import {
  all,
  codecInside,
  modulesKeepTheirUrl,
  onTheOneFile,
  otherPackages,
  ownPackages,
  whenCalled,
  withFunctionNames,
  withoutPrototypes,
} from "./bundle-plugins.mjs";
import { entriesOf, importsOf, modulesOf, reExport, removeLeftOvers, swapped } from "./bundled-packages.mjs";
import { textInBundle } from "./in-bundle.mjs";
import { root } from "./run.mjs";

/**
 * The packages, from the bottom up. `ways`: modules that are loaded by their path; `servers`: modules that run, on the
 * package's one file; `starts`: with what workers start; `parts`: what can be loaded without the rest.
 */
const packages = {
  core: {},
  thread: {},
  callable: { parts: ["load/codec.js"] },
  process: {
    starts: ["worker/thread-entry.js", "worker/spawn-entry.js"],
  },
  multiprocessing: {
    // A test breaks one by hand.
    ways: ["shared/memory/channel.js"],
    servers: ["managers/server-entry.js"],
    starts: ["process/thread-entry.js", "process/spawn-entry.js", "managers/link-entry.js"],
  },
};

export async function bundlePackages() {
  removeLeftOvers();
  const names = new Map();
  for (const [folder, parts] of Object.entries(packages)) {
    const dist = join(root, "packages", folder, "dist");
    if (existsSync(dist)) names.set(folder, await exportedNames(dist, folder, parts));
  }
  await Promise.all([...names.keys()].map((folder) => bundlePackage(folder, names)));
  await bundleFrontDoor(names);
  for (const folder of [...names.keys(), "concurrent-futures"]) removeOthers(folder);
}

/**
 * Under which names a package's one file exports what its modules export: for each module, from the name there to the
 * name in the file, which differs where an earlier module has another thing, or the same, under that name.
 */
async function exportedNames(dist, folder, { ways = [], servers = [], starts = [] }) {
  const needed = servers.flatMap((file) => importsOf(dist, file));
  const addressed = modulesOf(dist).filter(
    (file) =>
      ![...servers, ...starts].includes(file) &&
      readFileSync(join(dist, file), "utf8").includes("import.meta.url"),
  );
  const modules = [...new Set([...entriesOf(folder).values(), ...ways, ...addressed, ...needed])];
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: modules.map((file) => join(dist, file)),
    outdir: join(dist, "bundle"),
    outbase: dist,
    metafile: true,
    write: false,
  });
  const taken = new Set();
  const names = new Map();
  for (const file of modules) {
    const output = Object.entries(metafile.outputs).find(([path]) => path.endsWith(`/dist/bundle/${file}`));
    const own = new Map();
    for (const name of output[1].exports) {
      const unique = taken.has(name) ? `${name}$${file.replace(/\.js$/, "").replaceAll(/\W/g, "_")}` : name;
      taken.add(unique);
      own.set(name, unique);
    }
    names.set(file, own);
  }
  return names;
}

async function bundlePackage(folder, names) {
  const { servers = [], starts = [], parts = [] } = packages[folder];
  const dist = join(root, "packages", folder, "dist");
  const own = names.get(folder);
  const entries = new Set(entriesOf(folder).values());
  await write({
    entryPoints: [
      { in: "all:", out: "modules" },
      ...parts.map((file) => ({ in: join(dist, file), out: file.replace(/\.js$/, "") })),
    ],
    outdir: join(dist, "bundle"),
    // A package with parts has a second file: what they and the rest have in common.
    splitting: true,
    chunkNames: "common",
    plugins: [all(dist, own), whenCalled(), otherPackages(names, folder), modulesKeepTheirUrl(dist, "./")],
  });
  for (const [file, exports] of own) {
    const there = `${"../".repeat(file.split("/").length - 1) || "./"}modules.js`;
    const text = Buffer.from(`${reExport(swapped(exports), there)}\n`);
    if (!parts.includes(file)) writeWhole(join(dist, "bundle", file), text);
    if (entries.has(file)) writeWhole(join(dist, "in-bundle", file), text);
  }
  for (const server of servers) {
    await write({
      entryPoints: [join(dist, server)],
      outfile: join(dist, "bundle", server),
      plugins: [
        otherPackages(names, folder),
        onTheOneFile(dist, server, own),
        modulesKeepTheirUrl(dist, "../"),
      ],
    });
  }
  for (const start of starts) {
    await write({
      entryPoints: [join(dist, start)],
      outfile: join(dist, "bundle", start.replace(/\.js$/, ".cjs")),
      format: "cjs",
      plugins: [ownPackages(), codecInside(), modulesKeepTheirUrl(dist, "../")],
    });
  }
  writeWhole(join(dist, "in-bundle/modules.js"), Buffer.from(await textInBundle(folder, names)));
}

/** What the front door exports comes from the one file of each package. */
async function bundleFrontDoor(names) {
  const dist = join(root, "packages/concurrent-futures/dist");
  if (!existsSync(dist)) return;
  for (const file of entriesOf("concurrent-futures").values()) {
    await write({
      entryPoints: [join(dist, file)],
      outfile: join(dist, "bundle", file),
      plugins: [otherPackages(names, "concurrent-futures")],
    });
  }
}

/** How a file says its own URL. */
const ownUrl = { esm: "import.meta.url", cjs: 'require("node:url").pathToFileURL(__filename).href' };

async function write(options) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: true,
    sourcesContent: false,
    define: { "import.meta.url": "__moduleUrl" },
    // An import() of what the caller names: nothing to bundle there.
    logOverride: { "unsupported-dynamic-import": "silent" },
    write: false,
    ...options,
  });
  for (const { path, contents, text } of outputFiles) {
    writeWhole(
      path,
      /\.c?js$/.test(path)
        ? Buffer.from(
            withFunctionNames(
              withoutPrototypes(text.replace("__fileUrl", ownUrl[path.endsWith(".cjs") ? "cjs" : "esm"])),
            ),
          )
        : contents,
    );
  }
}

const written = new Set();

/** What an earlier build has written, and this one has not: it would be published. */
function removeOthers(folder) {
  for (const name of ["bundle", "in-bundle"]) {
    const outputs = join(root, "packages", folder, "dist", name);
    if (!existsSync(outputs)) continue;
    for (const path of readdirSync(outputs, { recursive: true, encoding: "utf8" })) {
      const file = join(outputs, path);
      if (!written.has(file) && statSync(file).isFile()) rmSync(file, { force: true });
    }
  }
}

/**
 * Workers may be starting right now, and packages being packed side by side: they see the old file or the new one, never
 * half of it, and nothing else in their folders.
 */
function writeWhole(file, contents) {
  written.add(file);
  if (existsSync(file) && readFileSync(file).equals(contents)) return;
  mkdirSync(dirname(file), { recursive: true });
  const part = mkdtempSync(join(root, "node_modules/.bundle-"));
  writeFileSync(join(part, "file"), contents);
  renameSync(join(part, "file"), file);
  rmSync(part, { recursive: true });
}

/** Jest calls it before the first test. */
export default bundlePackages;

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePackages();
