import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fragments, links, pages, root } from "./support/markdown.ts";

describe("the links between pages", () => {
  test.each(pages())("resolve in %s", (page) => {
    const dead = links(page).filter((link) => !/^[a-z]+:/.test(link) && !resolves(page, link));
    expect(dead).toEqual([]);
  });

  test("every page of docs can be reached from README.md", () => {
    const seen = new Set<string>();
    const open = ["README.md"];
    for (let page = open.pop(); page !== undefined; page = open.pop()) {
      if (seen.has(page)) continue;
      seen.add(page);
      for (const link of links(page)) {
        const target = targetOf(page, link);
        if (target.endsWith(".md") && existsSync(root + target)) open.push(target);
      }
    }
    expect(pages().filter((page) => !seen.has(page))).toEqual([]);
  });
});

function targetOf(page: string, link: string): string {
  const [path = ""] = link.split("#");
  return path === "" ? page : normalize(join(dirname(page), path)).replace(/\/$/, "");
}

function resolves(page: string, link: string): boolean {
  const target = targetOf(page, link);
  const fragment = link.split("#")[1];
  if (!existsSync(root + target)) return false;
  return fragment === undefined || !target.endsWith(".md") || fragments(target).has(fragment);
}
