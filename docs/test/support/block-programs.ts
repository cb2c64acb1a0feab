import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type CodeBlock, codeBlocks, root } from "./markdown.ts";

/** A block of a page that is written out as a module, to be compiled and run. */
export interface BlockProgram {
  readonly block: CodeBlock;
  /** The module, as a path from the root, without its ending. */
  readonly path: string;
}

/** Where modules come from that a block imports and that no block of its page is. */
const sources = ["docs/examples", "docs/test/fixtures"];

/**
 * Where a page's blocks are written: beside the page's package, so that they import what a reader of it would import.
 * Blocks of one page share a folder. One that begins with a comment such as `// fib.ts` is that file, for its neighbours.
 */
export function programOf(block: CodeBlock): BlockProgram {
  const owner = /^packages\/[^/]+/.exec(block.page)?.[0] ?? "docs";
  const folder = `${owner}/.tmp/blocks/${block.page.replace(/\.md$/, "").replaceAll(/[^\w-]+/g, "-")}`;
  const given = /^\/\/ ([\w-]+)\.ts\n/.exec(block.code)?.[1];
  return { block, path: `${folder}/${given ?? `line-${block.line}`}` };
}

/** Writes all programs, what they import, and one project that compiles them. Gives the project's path. */
export function writePrograms(programs: readonly BlockProgram[], project: string): string {
  const folders = [...new Set(programs.map(({ path }) => dirname(path)))];
  for (const folder of folders) rmSync(root + folder, { recursive: true, force: true });
  for (const { block, path } of programs) {
    mkdirSync(root + dirname(path), { recursive: true });
    writeFileSync(`${root}${path}.ts`, `${block.code}\n`);
  }
  for (const page of new Set(programs.map(({ block }) => block.page))) writePythonFiles(page);
  for (const { block, path } of programs) serveImports(block.code, dirname(path));
  mkdirSync(root + dirname(project), { recursive: true });
  writeFileSync(
    root + project,
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        lib: ["ES2023", "ESNext.Disposable"],
        module: "NodeNext",
        moduleDetection: "force",
        types: ["node"],
        strict: true,
        skipLibCheck: true,
        rootDir: root,
      },
      include: folders.map((folder) => `${root}${folder}/*.ts`),
    }),
  );
  return project;
}

/** Blocks of Python that begin with a comment such as `# model.py` are files for the page's programs to run. */
function writePythonFiles(page: string): void {
  for (const block of codeBlocks(page)) {
    const name = /^# ([\w-]+\.py)\n/.exec(block.code)?.[1];
    if (block.info === "python" && name !== undefined)
      writeFileSync(`${root}${dirname(programOf(block).path)}/${name}`, `${block.code}\n`);
  }
}

function serveImports(code: string, folder: string): void {
  for (const match of code.matchAll(/"\.\/([\w-]+)\.js"/g)) {
    const name = match[1] as string;
    const target = `${root}${folder}/${name}.ts`;
    if (existsSync(target)) continue;
    const source = sources.find((from) => existsSync(`${root}${from}/${name}.ts`));
    if (source !== undefined) copyFileSync(`${root}${source}/${name}.ts`, target);
  }
}
