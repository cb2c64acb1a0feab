/** What esbuild is told of our packages: see `bundle.mjs`, which uses these. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { entriesOf, reExport, swapped } from "./bundled-packages.mjs";
import { root } from "./run.mjs";

/** `all:` is the module that exports what a package has. */
export function all(dist, own) {
  const contents = [...own].map(([file, exports]) => reExport(exports, join(dist, file))).join("\n");
  return {
    name: "all of a package",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^all:$/ }, () => ({ path: "modules.js", namespace: "all" }));
      onLoad({ filter: /.*/, namespace: "all" }, () => ({ contents, resolveDir: dist }));
    },
  };
}

/**
 * Functions of Node's modules that take milliseconds to load and that many programs never need: a module that imports
 * nothing but these loads Node's at the first call.
 */
const loadedWhenCalled = {
  "node:child_process": ["spawn"],
  "node:crypto": ["createHash", "createHmac", "randomBytes", "randomUUID", "timingSafeEqual"],
  "node:net": ["connect", "createServer"],
};

/** Node's modules that can wait until they are called. */
export function whenCalled() {
  return {
    name: "when called",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:/ }, ({ path, importer }) => {
        const functions = loadedWhenCalled[path];
        if (functions === undefined) return undefined;
        const text = readFileSync(importer, "utf8");
        const [, list] = new RegExp(`^import \\{([^}]*)\\} from "${path}";$`, "m").exec(text) ?? [];
        const names = list?.split(",").map((name) => name.trim());
        if (names === undefined || names.some((name) => !functions.includes(name))) return undefined;
        return { path, namespace: "when-called", sideEffects: false };
      });
      onLoad({ filter: /.*/, namespace: "when-called" }, ({ path }) => ({
        contents: loadedWhenCalled[path]
          .map(
            (name) =>
              `export const ${name} = (...args) => process.getBuiltinModule("${path}").${name}(...args);`,
          )
          .join("\n"),
      }));
    },
  };
}

/** Whatever is imported of another package is in its one file: that is found once, and loaded once. */
export function otherPackages(names, folder) {
  return {
    name: "other packages",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^.]/ }, ({ path, kind, namespace }) => {
        if (kind === "entry-point" || path === "module-url" || isAbsolute(path)) return undefined;
        const [, other, way] = /^@concurrent-futures\/([^/]+)(.*)$/.exec(path) ?? [];
        const isOne = namespace !== "one-file" && other !== folder && kind === "import-statement";
        if (!isOne || !names.has(other)) return { path, external: true };
        return { path: `${other}:.${way}`, namespace: "one-file", sideEffects: false };
      });
      onLoad({ filter: /.*/, namespace: "one-file" }, ({ path }) => {
        const [other, way] = path.split(":");
        const exports = swapped(names.get(other).get(entriesOf(other).get(way)));
        return { contents: reExport(exports, `@concurrent-futures/${other}/bundle`), resolveDir: root };
      });
    },
  };
}

/** A module that runs takes what it imports of its own package from the one file. */
export function onTheOneFile(dist, server, own) {
  return {
    name: "on the one file",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ path, importer, namespace }) =>
        namespace === "own-file"
          ? { path, external: true }
          : {
              path: relative(dist, join(dirname(importer), path)),
              namespace: "own-file",
              sideEffects: false,
            },
      );
      onLoad({ filter: /.*/, namespace: "own-file" }, ({ path }) => {
        const there = `${"../".repeat(server.split("/").length - 1)}modules.js`;
        return { contents: reExport(swapped(own.get(path.split(sep).join("/"))), there), resolveDir: dist };
      });
    },
  };
}

/**
 * `import.meta.url` stays the name of a module of its own, in `dist/bundle`: the base for files beside it, and what is
 * sent to workers as the place of a class. A module of another package, inside of what a worker starts with, has the
 * name of that file.
 */
export function modulesKeepTheirUrl(dist, up) {
  return {
    name: "modules keep their URL",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^module-url$/ }, () => ({ path: "module-url", namespace: "module-url" }));
      // What stands for the file's own import.meta.url, which `define` must not see: bundlers know it in this form only.
      onLoad({ filter: /.*/, namespace: "module-url" }, () => ({
        contents: `const url = __fileUrl;
          export const moduleUrl = (path) =>
            path === undefined || url === undefined ? url : new URL(path, url).href;`,
      }));
      onLoad({ filter: /\.js$/, namespace: "file" }, ({ path }) => {
        const text = withClassNames(readFileSync(path, "utf8"));
        if (!text.includes("import.meta.url")) return { contents: text };
        const inside = relative(dist, path).split(sep).join("/");
        const name = inside.startsWith("../") ? "" : JSON.stringify(up + inside);
        // On the first line, which leaves the source map right.
        return {
          contents: `import { moduleUrl } from "module-url"; const __moduleUrl = moduleUrl(${name}); ${text}`,
        };
      });
    },
  };
}

/** In a program of somebody else, modules have no files: the URLs of ours begin with a scheme of their own. */
export function withoutModuleUrl(scheme) {
  return {
    name: "without a module URL",
    setup({ onLoad }) {
      onLoad({ filter: /\/packages\/\w+\/dist\/.*\.js$/, namespace: "file" }, ({ path }) => {
        const [folder, , ...rest] = relative(join(root, "packages"), path).split(sep);
        const url = JSON.stringify(`${scheme}${folder}/${rest.join("/")}`);
        // TypeScript's helper would hide from bundlers that an import() is to be left alone.
        const text = readFileSync(path, "utf8").replaceAll(
          /import\(__rewriteRelativeImportExtension\(([^()]*)\)\)/g,
          "import($1)",
        );
        return { contents: `const __moduleUrl = ${url}; ${withClassNames(text)}` };
      });
    },
  };
}

const requireOfCallable = createRequire(join(root, "packages/callable/package.json"));

/** The parser becomes a part of the file: one of its packages is no ES module, which not every bundler reads. */
export function parserInside() {
  return {
    name: "parser inside",
    setup({ onResolve }) {
      onResolve({ filter: /^(acorn|eslint-scope|esrecurse|estraverse)$/ }, ({ path, importer }) => ({
        path: importer.includes("node_modules")
          ? createRequire(importer).resolve(path)
          : requireOfCallable.resolve(path),
      }));
    },
  };
}

/** The licences of the parser's packages, for files that contain them. */
export function parserLicences() {
  const scope = createRequire(requireOfCallable.resolve("eslint-scope"));
  const texts = [
    ["acorn", join(requireOfCallable.resolve("acorn"), "../../LICENSE")],
    ["eslint-scope", join(requireOfCallable.resolve("eslint-scope"), "../../LICENSE")],
    ["esrecurse and estraverse", join(scope.resolve("estraverse"), "../LICENSE.BSD")],
  ].map(([name, file]) => `${name}:\n\n${readFileSync(file, "utf8").trim()}`);
  return `/*!\nThis file contains what follows.\n\n${texts.join("\n\n")}\n*/\n`;
}

/** Our own packages from their modules, whoever imports them. */
export function packageFiles(names) {
  return {
    name: "package files",
    setup({ onResolve }) {
      onResolve({ filter: /^@concurrent-futures\// }, ({ path }) => {
        const [, folder, way] = /^@concurrent-futures\/([^/]+)(.*)$/.exec(path);
        const file = names.has(folder) ? entriesOf(folder).get(`.${way}`) : undefined;
        return file === undefined
          ? { path, external: true }
          : { path: join(root, "packages", folder, "dist", file), sideEffects: false };
      });
    },
  };
}

/** esbuild renames an exported function where its name is taken: said at the end, which leaves the source map right. */
export function withFunctionNames(output) {
  const renamed = [...output.matchAll(/^ {2}(\w+?)(\d+) as \1(?:\$\w+)?,?$/gm)].map(
    ([, name, number]) => `[${name}${number}, "${name}", "${name}${number}"]`,
  );
  if (renamed.length === 0) return output;
  const names = `for (const [value, name, local] of [${renamed.join(", ")}])
  if (typeof value === "function" && value.name === local) Object.defineProperty(value, "name", { value: name, configurable: true });`;
  return output.replace(/\n(?=\/\/# sourceMappingURL)/, `\n${names}\n`);
}

/** esbuild makes the namespace of a module by a loop that also meets what a program has put on `Object.prototype`. */
export function withoutPrototypes(output) {
  return output.replaceAll(/for ?\(var name in all\)/g, "for (var name of Object.keys(all))");
}

/** esbuild renames a class that mentions itself, or whose name is taken by another; users see its name in errors. */
function withClassNames(text) {
  return text.replaceAll(
    /^(?:export )?(?:default )?(?:abstract )?class (\w+)(?: extends [^{]+)? \{$/gm,
    (line, name) =>
      `${line} static { Object.defineProperty(this, "name", { value: "${name}", configurable: true }); }`,
  );
}

/** Our own packages become a part of what workers start with, from their modules. */
export function ownPackages() {
  return {
    name: "own packages",
    setup({ onResolve }) {
      onResolve({ filter: /^@concurrent-futures\// }, ({ path }) => {
        const [, folder, way] = /^@concurrent-futures\/([^/]+)(.*)$/.exec(path);
        const dist = join(root, "packages", folder, "dist");
        return { path: join(dist, entriesOf(folder).get(`.${way}`)), sideEffects: false };
      });
      onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
        kind === "entry-point" || path === "module-url" || isAbsolute(path)
          ? undefined
          : { path, external: true },
      );
    },
  };
}

/** What workers load of callable by name when they need it is a part of what they start with, and runs when it is needed. */
export function codecInside() {
  return {
    name: "codec inside",
    setup({ onLoad }) {
      onLoad({ filter: /load-codec\.js$/ }, ({ path }) => {
        const byName = 'requireOwn("@concurrent-futures/callable/codec", import.meta.url)';
        const text = readFileSync(path, "utf8");
        if (!text.includes(byName)) throw new Error(`Expected ${path} to load the codec by ${byName}.`);
        return { contents: text.replace(byName, 'require("./codec.js")') };
      });
    },
  };
}
