import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

const table = readFileSync(new URL("./what-is-tested.md", import.meta.url), "utf8");
const rows = [...table.matchAll(/^\| ([TFR]\d+) \| [^|]+ \| (.*) \|$/gm)].map(([, id = "", tests = ""]) => ({
  id,
  tests: [...tests.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, title = "", file = ""]) => ({
    title,
    file,
  })),
}));
const numbers = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${letter}${at + 1}`);

test("each trap, rule and moment has a row", () => {
  expect(rows.map(({ id }) => id)).toEqual([...numbers("T", 29), ...numbers("F", 10), ...numbers("R", 26)]);
});

test("each row names tests that exist", () => {
  const missing = rows.flatMap(({ id, tests }) => {
    if (tests.length === 0) return [`${id}: none`];
    return tests
      .filter(({ title, file }) => !readFileSync(new URL(file, import.meta.url), "utf8").includes(title))
      .map(({ title, file }) => `${id}: ${file}: ${title}`);
  });
  expect(missing).toEqual([]);
});
