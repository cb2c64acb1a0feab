import { dirname, join } from "node:path/posix";
import { describe, expect, test } from "@jest/globals";
import { importsOf, order, packageOf, published, textOf, withoutComments } from "./support/packages.ts";

const folderOf = new Map(published.map(({ folder, manifest }) => [manifest.name, folder]));

describe.each(published)("packages/$folder", ({ folder, manifest, sources }) => {
  const imports = sources.flatMap((path) => importsOf(path).map((one) => ({ path, ...one })));

  test("lists as dependencies what its source imports, and nothing else", () => {
    const imported = new Set(imports.map(({ specifier }) => packageOf(specifier)));
    imported.delete(undefined);
    imported.delete(manifest.name);
    const listed = { ...manifest.dependencies, ...manifest.peerDependencies };
    expect([...imported].sort()).toEqual(Object.keys(listed).sort());
  });

  test("uses only packages below it, by paths that they export", () => {
    for (const { path, specifier } of imports) {
      const name = packageOf(specifier);
      const used = name === undefined ? undefined : folderOf.get(name);
      if (name === undefined || used === undefined || used === folder) continue;
      expect([path, order.indexOf(used) < order.indexOf(folder)]).toEqual([path, true]);
      const subpath = `.${specifier.slice(name.length)}`;
      const target = published.find((one) => one.folder === used);
      expect(Object.keys(target?.manifest.exports ?? {})).toContain(subpath);
    }
  });

  test("names as a project reference each package that its source imports, since a clean build runs the projects side by side", () => {
    const config = JSON.parse(textOf(`packages/${folder}/tsconfig.json`)) as {
      references?: { path: string }[];
    };
    const built = (config.references ?? []).map(({ path }) => path.replace("../", ""));
    const imported = new Set(imports.map(({ specifier }) => folderOf.get(packageOf(specifier) ?? "")));
    imported.delete(undefined);
    imported.delete(folder);
    for (const name of imported) expect([name, built]).toEqual([name, expect.arrayContaining([name])]);
  });

  test("has index files that only name", () => {
    for (const path of sources.filter((one) => one.endsWith("/index.ts"))) {
      const rest = withoutComments(textOf(path))
        .replaceAll(/export (type )?\{[^}]*\}( from "[^"]+")?;/g, "")
        .trim();
      expect([path, rest]).toEqual([path, ""]);
    }
  });
});

describe("the arrows", () => {
  test("core uses nothing, not even Node", () => {
    const core = published.find(({ folder }) => folder === "core");
    for (const path of core?.sources ?? []) {
      const outside = importsOf(path).filter(({ specifier }) => !specifier.startsWith("."));
      expect([path, outside]).toEqual([path, []]);
    }
  });

  test.each([
    ["p-limit", "packages/thread/src/limiter.ts"],
    ["piscina", "packages/process/src/host/start-thread.ts"],
    ["acorn", "packages/callable/src/describe/parser.ts"],
    ["bullmq", "packages/distributed/src/engine/bullmq.ts"],
    ["ioredis", "packages/distributed/src/redis.ts"],
    ["koffi", "packages/shared-memory/src/native/binding.ts"],
    ["@opentelemetry/api", "packages/opentelemetry/src/spans.ts"],
    ["eslint-scope", "packages/callable/src/describe/parser.ts"],
  ])("%s enters by one file", (dependency, file) => {
    const importers = published
      .flatMap(({ sources }) => sources)
      .filter((path) =>
        importsOf(path).some(({ specifier, kind }) => specifier === dependency && kind !== "type"),
      );
    expect(importers).toEqual([file]);
  });

  test.each([
    ["process/src/host", "process/src/scheduler"],
    ["process/src/worker", "process/src/scheduler"],
    ["process/src/worker", "process/src/host"],
    ["process/src/scheduler", "process/src/worker"],
    ["callable/src/load", "callable/src/describe"],
    ["multiprocessing/src/contract", "multiprocessing/src/shared"],
    ["multiprocessing/src/contract", "multiprocessing/src/served"],
    ["multiprocessing/src/contract", "multiprocessing/src/managers"],
    ["multiprocessing/src/shared", "multiprocessing/src/served"],
    ["multiprocessing/src/shared", "multiprocessing/src/managers"],
    ["multiprocessing/src/shared", "multiprocessing/src/process"],
    ["multiprocessing/src/shared", "multiprocessing/src/pool"],
  ])("nothing in %s imports from %s", (room, other) => {
    const isIn = (folder: string) => (path: string) => path.startsWith(`packages/${folder}/`);
    const sources = published.flatMap((one) => one.sources);
    const own = sources.filter(isIn(room));
    // A room that was renamed would pass whatever its files import.
    expect([own.length > 0, sources.some(isIn(other))]).toEqual([true, true]);
    expect(own.filter((path) => loadedWith(path).some(isIn(other)))).toEqual([]);
  });

  // Biome's `noImportCycles` sees to the files.
  test("no two folders of a package load each other, but for those that cannot be told apart", () => {
    const sources = published.flatMap((one) => one.sources);
    const arrows = new Set(
      sources.flatMap((path) => loadedWith(path).map((target) => `${dirname(path)} ${dirname(target)}`)),
    );
    const mutual = [...arrows].filter((arrow) => {
      const [from = "", to = ""] = arrow.split(" ");
      return from < to && !isRoot(from) && !isRoot(to) && arrows.has(`${to} ${from}`);
    });
    expect(mutual.map((arrow) => arrow.replaceAll("packages/", "")).sort()).toEqual([
      // A value holds errors and functions, and those hold values.
      "callable/src/failures callable/src/load",
      "callable/src/failures callable/src/values",
      "callable/src/load callable/src/values",
      // A map calls an executor, and an executor makes maps.
      "core/src/executor core/src/map",
      // A manager serves what served primitives call, by the manager's handles.
      "multiprocessing/src/managers multiprocessing/src/served",
      "multiprocessing/src/managers multiprocessing/src/served/objects",
    ]);
  });
});

/** The files of the same package that are loaded with a file. */
function loadedWith(path: string): string[] {
  return importsOf(path)
    .filter(({ specifier, kind }) => kind === "static" && specifier.startsWith("."))
    .map(({ specifier }) => join(dirname(path), specifier));
}

function isRoot(folder: string): boolean {
  return folder.endsWith("/src");
}
