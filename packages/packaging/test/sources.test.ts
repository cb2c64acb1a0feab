import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { filesUnder, publicPaths, published, root, textOf, withoutComments } from "./support/packages.ts";

const limit = 300;

/** Timers of Node's beside `deadline.ts`, whose milliseconds are a user's, and why they cannot overflow. */
const ownTimers: Readonly<Record<string, string>> = {
  "packages/core/src/deadline.ts": "the place for all others",
  "packages/distributed/src/presence/membership.ts": "the options are refused from 2 ** 31 on",
  "packages/distributed/src/submit/reconciler.ts": "the option is refused from 2 ** 31 on",
  "packages/insights/src/dashboard/dashboard.ts": "the option is refused from 2 ** 31 on",
  "packages/insights/src/progress/display.ts": "the option is refused from 2 ** 31 on",
  "packages/insights/src/progress/log-lines.ts": "the option is refused from 2 ** 31 on",
};

/** What a call's last argument is, as text; the calls of a text, by the function's name. */
function lastArguments(text: string, name: RegExp): string[] {
  return [...text.matchAll(name)].map(({ index, 0: { length } }) => {
    let depth = 1;
    let begin = index + length;
    let at = begin;
    for (; depth > 0 && at < text.length; at++) {
      const character = text[at] as string;
      if ("([{".includes(character)) depth++;
      else if (")]}".includes(character)) depth--;
      else if (character === "," && depth === 1 && !/^,\s*\)/.test(text.slice(at))) begin = at + 1;
    }
    return text
      .slice(begin, at - 1)
      .replace(/,\s*$/, "")
      .trim();
  });
}

describe("the source files", () => {
  const sources = published.flatMap((one) => one.sources);
  const lines = new Map(sources.map((path) => [path, textOf(path).trimEnd().split("\n").length]));

  test(`hold at most ${limit} lines`, () => {
    expect(sources.filter((path) => (lines.get(path) ?? 0) > limit)).toEqual([]);
  });

  test("are short as a rule: half of them below 100 lines", () => {
    const sorted = [...lines.values()].sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(100);
  });

  test("meet under keys of core/src/keys.ts, and no others", () => {
    // It depends on nothing but koffi, and so has copies of the keys that it needs.
    const alone = /^packages\/(core\/src\/keys|shared-memory\/src\/(errors|shared-buffer))\.ts$/;
    const key =
      /Symbol\.for\(\s*["'`](?!nodejs\.|\$\{)|["'`](?:\\u0000)?concurrent-futures\.[a-z-]+(?:\.\d)?["'`]/;
    const others = sources.filter((path) => !alone.test(path) && key.test(withoutComments(textOf(path))));
    expect(others).toEqual([]);
    const known = textOf("packages/core/src/keys.ts");
    for (const path of sources.filter((one) => alone.test(one))) {
      for (const [, text] of textOf(path).matchAll(/Symbol\.for\("(concurrent-futures\.[^"]+)"\)/g))
        expect(known).toContain(`"${text}"`);
    }
  });

  test("have no names that could hold anything", () => {
    const vague = /(^|\/)(utils?|common|misc|helpers?|types|shared-types)\.ts$/;
    expect(sources.filter((path) => vague.test(path))).toEqual([]);
  });

  test("turn milliseconds of a user into timers in one place, where they may be of any length", () => {
    const constants = new Set(
      sources.flatMap((path) =>
        [...textOf(path).matchAll(/^(?:export )?const (\w+)(?:: number)? = [\d_*+\s-]+;/gm)].map(
          ([, name]) => name,
        ),
      ),
    );
    const loose = sources.flatMap((path) =>
      lastArguments(withoutComments(textOf(path)), /\bset(?:Timeout|Interval)\(/g)
        .filter((time) => !/^[\d_*+\s-]+$/.test(time) && !constants.has(time))
        .map((time) => [path, time]),
    );
    expect(loose.filter(([path]) => ownTimers[path as string] === undefined)).toEqual([]);
    expect(Object.keys(ownTimers).filter((path) => !loose.some(([found]) => found === path))).toEqual([]);
  });

  test("export by name, never everything", () => {
    expect(sources.filter((path) => /^export \*/m.test(withoutComments(textOf(path))))).toEqual([]);
  });
});

describe.each(published)("the declarations of packages/$folder", ({ folder }) => {
  test("are there, and have no `any`", () => {
    const declarations = filesUnder(`packages/${folder}/dist`, ".d.ts");
    expect(declarations).not.toEqual([]);
    const loose = declarations.filter((path) => {
      const code = withoutComments(textOf(path)).replaceAll(/"[^"]*"|`[^`]*`/g, '""');
      return /[:<|&,([]\s*any\b|\bany\[\]|=\s*any\b/.test(code);
    });
    expect(loose).toEqual([]);
  });
});

describe("the tests", () => {
  const folders = readdirSync(`${root}packages`).map((folder) => `packages/${folder}/test`);
  const tests = [...folders, "bench/test", "docs/test"]
    .filter((folder) => existsSync(root + folder))
    .flatMap((folder) => [".ts", ".mjs"].flatMap((ending) => filesUnder(folder, ending)));

  test("read what programs write by lines: a piece of a pipe may end anywhere", () => {
    const byPiece = /\bonce\([^()]*\b(?:stdout|stderr)\b[^()]*"data"\)|\b(?:stdout|stderr)\??\.once\("data"/;
    expect(tests.filter((path) => byPiece.test(textOf(path)))).toEqual([]);
  });
});

test("no file of the repository names the host of a registry: what is installed comes from the one that is set", () => {
  // In parts, so that this file does not.
  const hosts = [
    ["registry", "npmjs", "org"],
    ["registry", "yarnpkg", "com"],
  ].map((parts) => parts.join("\\."));
  const { status, stdout } = spawnSync("git", ["grep", "-lE", hosts.join("|")], {
    cwd: root,
    encoding: "utf8",
  });
  // git says 1 where nothing is found.
  expect([stdout, status]).toEqual(["", 1]);
});

test("the paths for everybody are these; a package calls each other one internal", () => {
  const others = published.flatMap(({ folder, manifest }) => {
    const open = publicPaths(manifest);
    const internal = Object.keys(manifest.exports).filter(
      (path) => !open.includes(path) && path !== "./package.json",
    );
    if (internal.length === 0) return [];
    expect(textOf(`packages/${folder}/README.md`)).toContain("are internal: they may change in any version");
    const listed = textOf(`packages/${folder}/api.md`).split("## Internal paths\n")[1] ?? "";
    return internal
      .map((path) => manifest.name + path.slice(1))
      .filter((path) => !listed.includes(`- \`${path}\`\n`));
  });
  expect(others).toEqual([]);
  expect(
    published.flatMap(({ manifest }) => publicPaths(manifest).map((path) => manifest.name + path.slice(1))),
  ).toEqual([
    ...[
      "core",
      "thread",
      "testing",
      "callable",
      "shared-memory",
      "process",
      "multiprocessing",
      "distributed",
    ].map((name) => `@concurrent-futures/${name}`),
    "@concurrent-futures/insights",
    "@concurrent-futures/opentelemetry",
    "concurrent-futures",
    "concurrent-futures/multiprocessing",
    "concurrent-futures/testing",
    "concurrent-futures/insights",
    "concurrent-futures/progress",
  ]);
});
