import { describe, expect, test } from "@jest/globals";
import { filesUnder, published, textOf, withoutComments } from "./support/packages.ts";

/** Source files that are longer than the limit, and why each still holds one idea. */
const reasons: Readonly<Record<string, string>> = {
  "packages/process/src/scheduler/scheduler.ts":
    "the loop that reads as the drawing at its top; each role that could leave it has left",
  "packages/process/src/scheduler/map-job.ts":
    "one map from its first row to its last result: window, batches and order change together",
};
const limit = 300;

describe("the source files", () => {
  const sources = published.flatMap((one) => one.sources);
  const lines = new Map(sources.map((path) => [path, textOf(path).trimEnd().split("\n").length]));

  test(`hold at most ${limit} lines, or have a written reason`, () => {
    const long = sources.filter((path) => (lines.get(path) ?? 0) > limit);
    expect(long.filter((path) => reasons[path] === undefined)).toEqual([]);
  });

  test("are short as a rule: half of them below 100 lines", () => {
    const sorted = [...lines.values()].sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(100);
  });

  test("have no names that could hold anything", () => {
    const vague = /(^|\/)(utils?|common|misc|helpers?|types|shared-types)\.ts$/;
    expect(sources.filter((path) => vague.test(path))).toEqual([]);
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
