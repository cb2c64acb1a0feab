import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lexer, type Token, walkTokens } from "marked";

/** The repository's root folder, with a slash at its end. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url));

/** Every page that a reader may open, as a path from the root. */
export function pages(): string[] {
  const found = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...pagesUnder("docs")];
  for (const name of readdirSync(`${root}packages`)) {
    if (existsSync(`${root}packages/${name}/README.md`)) found.push(`packages/${name}/README.md`);
  }
  return found.sort();
}

/** Written out, because a recursive `readdir` follows the links in node_modules. */
function pagesUnder(folder: string): string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /^(node_modules|dist|\.tmp)$/.test(entry.name) ? [] : pagesUnder(path);
    return entry.isFile() && path.endsWith(".md") ? [path] : [];
  });
}

/** The text of a page. */
export function textOf(page: string): string {
  return readFileSync(root + page, "utf8");
}

/** A block of code in a page. */
export interface CodeBlock {
  readonly page: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  /** What stands behind the backticks: `ts`, `python`, `ts broken`. */
  readonly info: string;
  readonly code: string;
}

/** All blocks of code of a page, in order. */
export function codeBlocks(page: string): CodeBlock[] {
  const text = textOf(page);
  const blocks: CodeBlock[] = [];
  let from = 0;
  walk(text, (token) => {
    if (token.type !== "code" || token.codeBlockStyle === "indented") return;
    const fence = text.indexOf(`\`\`\`${token.lang ?? ""}`, from);
    from = text.indexOf("\n", fence) + 1;
    const line = text.slice(0, from).split("\n").length;
    blocks.push({ page, line, info: String(token.lang ?? ""), code: String(token.text) });
    from += String(token.text).length;
  });
  return blocks;
}

/** The addresses of all links and pictures of a page. */
export function links(page: string): string[] {
  const found: string[] = [];
  walk(textOf(page), (token) => {
    if (token.type === "link" || token.type === "image") found.push(String(token.href));
  });
  return found;
}

/** The fragments that a link may name in a page: its headings, as GitHub spells them. */
export function fragments(page: string): Set<string> {
  const found = new Set<string>();
  walk(textOf(page), (token) => {
    if (token.type !== "heading") return;
    const slug = String(token.text)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    let unique = slug;
    for (let copy = 1; found.has(unique); copy++) unique = `${slug}-${copy}`;
    found.add(unique);
  });
  return found;
}

function walk(text: string, visit: (token: Token & { [key: string]: unknown }) => void): void {
  walkTokens(lexer(text), (token) => {
    visit(token as Token & { [key: string]: unknown });
  });
}
