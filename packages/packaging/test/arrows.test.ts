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
    ["process/src/host", "../scheduler/"],
    ["process/src/worker", "../scheduler/"],
    ["process/src/worker", "../host/"],
    ["process/src/scheduler", "../worker/"],
    ["callable/src/load", "../describe/"],
    ["multiprocessing/src/sync", "../process/"],
    ["multiprocessing/src/sync", "../pool/"],
    ["multiprocessing/src/queues", "../process/"],
    ["multiprocessing/src/queues", "../pool/"],
  ])("nothing in %s imports from %s", (room, other) => {
    const found = published
      .flatMap(({ sources }) => sources)
      .filter((path) => path.startsWith(`packages/${room}/`))
      .filter((path) =>
        importsOf(path).some(({ specifier, kind }) => specifier.startsWith(other) && kind === "static"),
      );
    expect(found).toEqual([]);
  });
});
