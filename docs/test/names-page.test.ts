import { describe, expect, test } from "@jest/globals";
import * as front from "concurrent-futures";
import * as multiprocessing from "concurrent-futures/multiprocessing";
import { textOf } from "./support/markdown.ts";

describe("docs/python-to-typescript.md", () => {
  const named = new Set(
    [...textOf("docs/python-to-typescript.md").matchAll(/`([^`]+)`/g)].flatMap(
      (match) => match[1]?.match(/\w+/g) ?? [],
    ),
  );

  test.each([
    ["concurrent-futures", front],
    ["concurrent-futures/multiprocessing", multiprocessing],
  ])("names all that %s exports", (_name, module) => {
    expect(Object.keys(module).filter((name) => !named.has(name))).toEqual([]);
  });
});
