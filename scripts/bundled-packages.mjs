/** The packages as `bundle.mjs` meets them: what they have, and under which names it goes on. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
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
  return (
    readdirSync(dist, { recursive: true, encoding: "utf8" })
      .map((path) => path.split(sep).join("/"))
      // TypeScript leaves behind what it made of sources that have gone.
      .filter(
        (path) => path.endsWith(".js") && existsSync(join(dist, "../src", path.replace(/\.js$/, ".ts"))),
      )
  );
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
