import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { manifestOf, root, textOf } from "./support/packages.ts";

/**
 * The build puts each package into one file. Node needs half a millisecond for each module, and every program that
 * imports a package, and every worker, waits for all of them.
 */

/** How many files Node loads, and how many bytes they have, when a program imports this from the packages as built. */
async function loaded(specifier: string): Promise<{ files: number; bytes: number }> {
  const hooks = `import { writeSync } from "node:fs";
    export async function load(url, context, next) {
      const result = await next(url, context);
      if (url.startsWith("file:")) writeSync(1, "file " + (result.source?.length ?? 0) + "\\n");
      return result;
    }`;
  const program = `import { register } from "node:module";
    register("data:text/javascript," + ${JSON.stringify(encodeURIComponent(hooks))});
    await import(${JSON.stringify(specifier)});`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    cwd: join(root, "packages/conformance"),
  });
  const sizes = [...stdout.matchAll(/^file (\d+)$/gm)].map(([, size]) => Number(size));
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/**
 * The ceilings have about a tenth of slack over what was measured. Where a test fails because a package has more files:
 * is a new dependency loaded at once that could be loaded when it is needed? Where because of bytes: is what was added
 * needed by everyone who imports the package? Then raise the ceiling.
 */
test.each([
  ["concurrent-futures", 8, 620_000],
  ["concurrent-futures/multiprocessing", 9, 1_000_000],
])("%s loads at most %d files of %d bytes", async (specifier, files, bytes) => {
  const found = await loaded(specifier);
  expect(found.files).toBeLessThanOrEqual(files);
  expect(found.bytes).toBeLessThanOrEqual(bytes);
});

test.each(["concurrent-futures", "concurrent-futures/multiprocessing"])(
  "%s loads Node's own sockets, processes and cryptography when they are needed",
  async (specifier) => {
    const program = `await import(${JSON.stringify(specifier)});
      console.log(process.moduleLoadList.filter((name) => /^NativeModule (net|child_process|crypto)$/.test(name)).join());`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
      cwd: join(root, "packages/conformance"),
    });
    expect(stdout.trim()).toBe("");
  },
);

test.each(["concurrent-futures", "concurrent-futures/multiprocessing"])(
  "%s is imported where each object has inherited an enumerable property",
  async (specifier) => {
    const program = `Object.prototype.foo = 1;
      const { Future, Queue } = await import(${JSON.stringify(specifier)});
      console.log(typeof (Future ?? Queue));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
      cwd: join(root, "packages/conformance"),
    });
    expect(stdout.trim()).toBe("function");
  },
);

const bundled = ["core", "thread", "callable", "process", "multiprocessing"];

describe.each(bundled)("the one file of packages/%s", (folder) => {
  const entries = Object.values(manifestOf(folder).exports).flatMap((entry) =>
    typeof entry === "string" || entry.default.endsWith("/modules.js") ? [] : [entry.default],
  );

  test("gives each entry the names and the kinds of values that its modules have", async () => {
    for (const entry of entries) {
      const shape = async (path: string): Promise<unknown> =>
        Object.entries((await import(join(root, "packages", folder, path))) as object).map(([key, value]) => [
          key,
          typeof value,
          (value as { name?: unknown } | undefined)?.name,
          (value as { length?: unknown } | undefined)?.length,
        ]);
      expect([entry, await shape(entry)]).toEqual([entry, await shape(entry.replace("/bundle/", "/"))]);
    }
  });

  test("takes other packages from their one file, and has no copy of them", async () => {
    const text = textOf(`packages/${folder}/dist/bundle/modules.js`);
    const imported = [...text.matchAll(/from "(@concurrent-futures\/[^"]+)"/g)].map(([, name]) => name);
    expect(imported.filter((name) => !name?.endsWith("/bundle"))).toEqual([]);
    expect(text).not.toMatch(/^\/\/ \.\.\//m);
  });

  test("has a map to the sources", () => {
    const map = JSON.parse(textOf(`packages/${folder}/dist/bundle/modules.js.map`)) as { sources: string[] };
    const own = map.sources.filter((source) => source.startsWith("../"));
    expect(own.length).toBeGreaterThan(0);
    for (const source of own)
      expect(existsSync(join(root, "packages", folder, "dist/bundle", source))).toBe(true);
  });
});

test("a class is the same by whichever entry it comes, also the bundle's own", async () => {
  const front = (await import(`${root}packages/concurrent-futures/dist/bundle/index.js`)) as Record<
    string,
    unknown
  >;
  for (const folder of ["core", "thread", "process"]) {
    const own = (await import(`${root}packages/${folder}/dist/bundle/index.js`)) as Record<string, unknown>;
    const shared = Object.keys(own).filter((name) => name in front);
    expect(shared.length).toBeGreaterThan(0);
    for (const name of shared) expect([name, own[name] === front[name]]).toEqual([name, true]);
  }
});
