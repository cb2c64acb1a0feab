/**
 * The packages for bundlers that take the library into a program's own file (condition `module` of `exports`, which
 * they know and Node does not). Nothing is looked for beside that file: our modules have URLs of their own, by which they
 * are kept on `globalThis`; dependencies are imported where a bundler sees it; and workers start from a text, which has all
 * that they need and can start others in turn.
 */
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { build, transform } from "esbuild";
import {
  otherPackages,
  packageFiles,
  parserInside,
  parserLicences,
  whenCalled,
  withFunctionNames,
  withoutModuleUrl,
  withoutPrototypes,
} from "./bundle-plugins.mjs";
import { reExport } from "./bundled-packages.mjs";
import { root } from "./run.mjs";

const scheme = "concurrent-futures:///";

function urlOf(folder, file) {
  return `${scheme}${folder}/${file}`;
}

/** What other code of ours loads by name, only when needed, and from where in `packages/callable/dist` it comes. */
const loadedByName = {
  acorn: "acorn",
  "eslint-scope": "eslint-scope",
  "@concurrent-futures/callable/codec": "./load/codec.js",
  "@concurrent-futures/callable/source": "./describe/source.js",
};

/** Packages whose workers' programs differ: by package, whose modules are in it, and what it can start, by the names of the files. */
const programs = {
  process: {
    folders: ["core", "callable", "process"],
    starts: { process: ["worker/thread-entry.cjs", "worker/spawn-entry.cjs"] },
  },
  multiprocessing: {
    folders: ["core", "thread", "callable", "process", "multiprocessing"],
    starts: {
      process: ["worker/thread-entry.cjs", "worker/spawn-entry.cjs"],
      multiprocessing: [
        "process/thread-entry.cjs",
        "process/spawn-entry.cjs",
        "managers/link-entry.cjs",
        "managers/server-entry.js",
      ],
    },
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  define: { "import.meta.url": "__moduleUrl" },
  logOverride: { "unsupported-dynamic-import": "silent" },
  write: false,
};

/** The text of a package's one file for bundlers. */
export async function textInBundle(folder, names) {
  const dist = distOf(folder);
  const own = names.get(folder);
  const lines = [...own].map(([file, exports]) => reExport(exports, join(dist, file)));
  [...own.keys()].forEach((file, at) => {
    lines.push(
      `import * as m${at} from ${JSON.stringify(join(dist, file))};`,
      kept(urlOf(folder, file), `m${at}`),
    );
  });
  if (folder === "callable") {
    Object.entries(loadedByName).forEach(([name, from], at) => {
      lines.push(`import * as n${at} from ${JSON.stringify(from)};`, kept(name, `n${at}`));
    });
  }
  if (programs[folder] !== undefined) {
    const text = deflateRawSync(await programText(programs[folder], names)).toString("base64");
    lines.push(
      `let text;`,
      `Object.defineProperty(globalThis, Symbol.for("concurrent-futures.worker-program.1"), { configurable: true, value: () =>`,
      `  text ??= process.getBuiltinModule("node:zlib").inflateRawSync(Buffer.from("${text}", "base64")).toString() });`,
    );
  }
  const { outputFiles } = await build({
    ...common,
    stdin: { contents: lines.join("\n"), resolveDir: dist, sourcefile: "in-bundle.js" },
    format: "esm",
    plugins: [parserInside(), whenCalled(), otherPackages(names, folder), withoutModuleUrl(scheme)],
  });
  const licences = folder === "callable" || folder in programs ? parserLicences() : "";
  // The sources are beside it; a bundler would keep the comments.
  const { code } = await transform(withoutPrototypes(withFunctionNames(outputFiles[0].text)), {
    ...{ format: "esm", target: "node20", minifyWhitespace: true, legalComments: "inline" },
  });
  // That is for bundlers, and goes with the comments.
  return (
    licences +
    code.replaceAll("import(specifier)", "import(/* webpackIgnore: true */ /* @vite-ignore */ specifier)")
  );
}

/** The text of a function that is given a URL and does what that module does. */
async function programText({ folders, starts }, names) {
  const lines = folders.flatMap((folder) =>
    [...names.get(folder).keys()].map((file) =>
      kept(urlOf(folder, file), `require(${JSON.stringify(join(distOf(folder), file))})`),
    ),
  );
  for (const [name, from] of Object.entries(loadedByName)) {
    lines.push(
      kept(name, `require(${JSON.stringify(from.startsWith(".") ? join(distOf("callable"), from) : from)})`),
    );
  }
  const entries = Object.entries(starts).flatMap(([folder, files]) =>
    files.map(
      (file) =>
        `${JSON.stringify(urlOf(folder, file))}: () => require(${JSON.stringify(join(distOf(folder), file.replace(/\.cjs$/, ".js")))})`,
    ),
  );
  lines.push(
    `Object.defineProperty(globalThis, Symbol.for("concurrent-futures.worker-program.1"), { value: () => String(__program), configurable: true });`,
    `({ ${entries.join(", ")} })[__entry]();`,
  );
  const { outputFiles } = await build({
    ...common,
    stdin: { contents: lines.join("\n"), resolveDir: distOf("callable"), sourcefile: "program.cjs" },
    format: "cjs",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    plugins: [packageFiles(names), withoutModuleUrl(scheme)],
  });
  return `function __program(__entry) {\n${withoutPrototypes(outputFiles[0].text)}}`;
}

/** Keeps a module on `globalThis` under a name. */
function kept(name, value) {
  const holder = `(globalThis[Symbol.for("concurrent-futures.own-modules.1")] ??= Object.create(null))`;
  return `${holder}[${JSON.stringify(name)}] = () => ${value};`;
}

function distOf(folder) {
  return join(root, "packages", folder, "dist");
}
