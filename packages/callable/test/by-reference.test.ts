import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AnyFunction, describe as describeFunction } from "@concurrent-futures/callable";
import { describe, expect, test } from "@jest/globals";
import ArrowDefault from "./fixtures/exports/arrow-default.mjs";
import ClassDefault from "./fixtures/exports/class-default.mjs";
import Declared from "./fixtures/exports/declared-default.mjs";
import expressionDefault from "./fixtures/exports/expression-default.mjs";
import * as many from "./fixtures/exports/many.mjs";
import namedDefault from "./fixtures/exports/named-default.mjs";
import objectDefault from "./fixtures/exports/object-default.mjs";

/** Where functions are found: always in the module that defined them, whoever exports them again. */

const cases: readonly (readonly [string, unknown, string, readonly string[]])[] = [
  ["a default arrow function", ArrowDefault, "arrow-default.mjs", ["default"]],
  ["a default class without a name", ClassDefault, "class-default.mjs", ["default"]],
  ["a default that is named elsewhere", namedDefault, "named-default.mjs", ["default"]],
  ["a method of a default object", objectDefault.method, "object-default.mjs", ["default", "method"]],
  ["an arrow function of a default object", objectDefault.arrow, "object-default.mjs", ["default", "arrow"]],
  ["a destructured export", many.one, "many.mjs", ["one"]],
  ["a renamed destructured export", many.renamed, "many.mjs", ["renamed"]],
  ["a variable export", many.later, "many.mjs", ["later"]],
  ["a class", many.Tools, "many.mjs", ["Tools"]],
  ["a static field", many.Tools.field, "many.mjs", ["Tools", "field"]],
  ["a static method", many.Tools.method, "many.mjs", ["Tools", "method"]],
  [
    "a prototype method",
    many.Tools.prototype.prototypeMethod,
    "many.mjs",
    ["Tools", "prototype", "prototypeMethod"],
  ],
  ["what a function of the same module made", many.wrapped, "many.mjs", ["wrapped"]],
  [
    "a class that is declared, and exported as the default below",
    Declared,
    "declared-default.mjs",
    ["default"],
  ],
  // biome-ignore lint/performance/noDynamicNamespaceImportAccess: this name is what the row is about.
  ["an export whose name is a string", many["a string name" as "later"], "many.mjs", ["a string name"]],
  ["a re-export", many.square, "shapes.mjs", ["square"]],
  ["a member of a re-exported namespace", many.shapes.square, "shapes.mjs", ["square"]],
  ["a function of a builtin module", readFileSync, "node:fs", ["readFileSync"]],
  ["another", join, "node:path", ["join"]],
];

describe("by reference", () => {
  test.each(cases)("%s", (_name, fn, file, path) => {
    const ref = describeFunction(fn as AnyFunction);
    expect(ref).toMatchObject({ kind: "reference", path });
    expect((ref as { url: string }).url.endsWith(file)).toBe(true);
    expect(describeFunction(fn as AnyFunction)).toBe(ref);
  });

  test.each([
    ["what a function of another module made", expressionDefault],
    ["a function deep inside an exported object", many.notExportedItself.deep.deeper],
    ["a function deep inside a default object", objectDefault.nested.deep],
    ["a function of the test file", () => 1],
  ])("but not %s", (_name, fn) => {
    expect(describeFunction(fn as AnyFunction).kind).toBe("value");
  });
});
