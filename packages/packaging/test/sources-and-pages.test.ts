import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { pages, root, textOf } from "../../../docs/test/support/markdown.ts";

/**
 * Turns of phrase that native technical prose does not use. Each was all over these texts once; the message says what to
 * write in its place.
 */
const phrases: readonly [RegExp, string][] = [
  [/\b(?:whoever|whomever|whom)\b/i, "name the actor: the caller, a waiter, the thread that …"],
  [/(?:^|[.:;] )(?:\*\*)?who (?!is |are |has |have )\w+s\b(?![^.]*\?)/im, "name the actor: a caller that …"],
  [/\bso many\b/i, "up to this many, this number of"],
  [/\banew\b/i, "again"],
  [/\btwins?\b/i, "variant"],
  [/\bfor ever\b/i, "forever, indefinitely"],
  [/(?<!\bthere )\b(?:is|are) no (?!longer\b|more\b)[a-z]/i, "is not a"],
  [/\bcannot travel\b/i, "cannot be sent"],
  [/\bon (?:its|their) way\b/i, "in flight, being sent"],
];

/** A heading names its subject: it is not a riddle. */
const riddles =
  /^#+ (?:who|whom|whoever|nobody|what (?:goes|travels|becomes|follows|is promised))\b|\bsmall print\b/i;

/** Written by programs from the names of tests and of benchmark cases. */
const generated = /conformance|faults|benchmarks|tool-chains|lifecycle/;

describe("the prose of", () => {
  test.each(pages().filter((page) => !generated.test(page) && page !== "CHANGELOG.md"))("%s", (page) => {
    // The names of tests are linked as they are, and code is not prose.
    const text = textOf(page)
      .replaceAll(/^```.*?^```/gms, "")
      .replaceAll(/\[[^\]]*(?:\[[^\]]*\])?[^\]]*\]\([^)]*\.test\.ts\)/g, "")
      .replaceAll(/`[^`\n]*`/g, "code");
    expect(faults(text)).toEqual([]);
    expect(text.split("\n").filter((line) => riddles.test(line))).toEqual([]);
  });

  test("all messages and comments of the sources", () => {
    expect(sources().flatMap((file) => texts(file).flatMap(faults))).toEqual([]);
  });
});

/** The lines of a text that have one of the phrases, each with what to write instead. */
function faults(text: string): string[] {
  return text
    .split("\n")
    .flatMap((line) =>
      phrases.filter(([pattern]) => pattern.test(line)).map(([, instead]) => `${line.trim()} -> ${instead}`),
    );
}

/** The comments of a source file, and its string literals that are sentences. */
function texts(file: string): string[] {
  const tokens = readFileSync(file, "utf8").matchAll(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g,
  );
  return [...tokens]
    .map(([token]) => token.replaceAll(/\$\{[^}]*\}/g, "value"))
    .map((token) => (token.startsWith("/") ? token.replaceAll(/\n\s*\*/g, "") : token))
    .filter((token) => token.split(" ").length > 2);
}

/** The source files of all packages; private ones have none. */
function sources(): string[] {
  return readdirSync(`${root}packages`).flatMap((name) => {
    const folder = `${root}packages/${name}/src`;
    return existsSync(folder) ? filesUnder(folder) : [];
  });
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesUnder(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}
