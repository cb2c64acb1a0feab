import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { root, textOf } from "./support/markdown.ts";

/** The page without the targets of its links, and without the packages' names in registries. */
const text = textOf("docs/architecture.md")
  .replaceAll(/\]\([^)]*\)/g, "]")
  .replaceAll(/@[\w-]+\/[\w/-]+/g, "");

/** The files and folders below a folder, as paths from the root. */
function below(folder: string): string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    if (/^(node_modules|dist|\.tmp)$/.test(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? [path, ...below(path)] : [path];
  });
}

const paths = ["packages", "scripts", "docs", "bench"].flatMap(below);
const packages = readdirSync(`${root}packages`).join("|");

describe("docs/architecture.md", () => {
  test("names files and folders that are there", () => {
    const names = text.match(new RegExp(`[\\w./-]+\\.(ts|mjs|cjs)\\b|\\b(${packages})/[\\w/-]+`, "g")) ?? [];
    const sources = names.filter((name) => !name.includes("dist/"));
    expect(sources.length).toBeGreaterThan(60);
    const known = paths.map((path) => `/${path}`.replace("/src/", "/"));
    const isThere = (name: string): boolean =>
      known.some((path) => path.endsWith(`/${name.replace("/src/", "/")}`));
    expect(sources.filter((name) => !isThere(name))).toEqual([]);
  });

  test("names in its drawing what the code names", () => {
    const drawing = text.slice(text.indexOf("```text"), text.indexOf("## Glossary"));
    const code = paths
      .filter((path) => /^packages\/(core|callable|process|thread)\/src\/.*\.ts$/.test(path))
      .map((path) => readFileSync(root + path, "utf8"))
      .join("\n");
    const words = new Set(code.match(/\w+/g));
    const names = new Set(drawing.match(/\b[A-Z][a-z]+[A-Z]\w+\b|\b[a-z]+[A-Z]\w+(?=\()/g));
    expect(names.size).toBeGreaterThan(12);
    expect([...names].filter((name) => !words.has(name))).toEqual([]);
  });
});
