/** The packages as `bundle.mjs` meets them: what they have, and under which names it goes on. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { root } from "./run.mjs";

/** The ways into a package: from how others name them to the module that is there. */
export function entriesOf(folder) {
  const { exports } = manifestOf(folder);
  const ways = Object.entries(exports).filter(([way]) => way !== "./package.json" && way !== "./bundle");
  return new Map(ways.map(([way, { types }]) => [way, types.replace(/^\.\/dist\/(.+)\.d\.ts$/, "$1.js")]));
}

export function manifestOf(folder) {
  return JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
}

/** The ES modules of a package as TypeScript left them. */
export function modulesOf(dist) {
  return compiledFiles(dist).filter((path) => path.endsWith(".js"));
}

function compiledFiles(dist) {
  return readdirSync(dist, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => /\.(js|d\.ts)(\.map)?$/.test(path) && !/^(in-)?bundle\//.test(path));
}

/** TypeScript leaves behind what it made of sources that have gone. It would be published. */
export function removeLeftOvers() {
  for (const folder of readdirSync(join(root, "packages"))) {
    const dist = join(root, "packages", folder, "dist");
    if (!existsSync(dist) || !existsSync(join(dist, "../src"))) continue;
    for (const path of compiledFiles(dist)) {
      const source = join(dist, "../src", path.replace(/\.(js|d\.ts)(\.map)?$/, ""));
      if (![".ts", ".tsx"].some((ending) => existsSync(source + ending)))
        rmSync(join(dist, path), { force: true });
    }
  }
}

/** The modules of its own package that a module imports. */
export function importsOf(dist, file) {
  const text = readFileSync(join(dist, file), "utf8");
  return [...text.matchAll(/^import .* from "(\.[^"]+)";$/gm)].map(([, path]) =>
    relative(dist, join(dist, dirname(file), path))
      .split(sep)
      .join("/"),
  );
}

export function reExport(exports, from) {
  const list = [...exports].map(([name, as]) => (name === as ? name : `${name} as ${as}`));
  return `export { ${list.join(", ")} } from ${JSON.stringify(from)};`;
}

export function swapped(exports) {
  return new Map([...exports].map(([name, as]) => [as, name]));
}
