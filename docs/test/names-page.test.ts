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

  test("says only what is there", () => {
    const types = ["index", "multiprocessing"].flatMap((file) => [
      ...textOf(`packages/concurrent-futures/src/${file}.ts`).matchAll(/\btype (\w+)/g),
    ]);
    const exported = new Set([
      ...Object.keys(front),
      ...Object.keys(multiprocessing),
      ...types.map(([, name]) => name as string),
      ...Object.getOwnPropertyNames(globalThis),
    ]);
    const cells = [...textOf("docs/python-to-typescript.md").matchAll(/^\|[^|]*\|([^|]*)\|/gm)];
    const classes = cells.flatMap(([, here]) => [...(here ?? "").matchAll(/`(?:new )?([A-Z]\w+)/g)]);
    expect(classes.length).toBeGreaterThan(30);
    expect(classes.map(([, name]) => name).filter((name) => !exported.has(name as string))).toEqual([]);
  });
});
