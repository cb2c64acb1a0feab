/** The API reference: TypeDoc, with a TypeScript of its own (it knows none later than 6), on the declarations that the build emits. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";
import { root, staged } from "./pages.mjs";

/** What a program can import, with the declarations of it. */
const modules = {
  "concurrent-futures": "concurrent-futures/dist/index.d.ts",
  "concurrent-futures/multiprocessing": "concurrent-futures/dist/multiprocessing.d.ts",
  "concurrent-futures/progress": "concurrent-futures/dist/progress.d.ts",
  "concurrent-futures/insights": "concurrent-futures/dist/insights.d.ts",
  "concurrent-futures/testing": "concurrent-futures/dist/testing.d.ts",
  "@concurrent-futures/distributed": "distributed/dist/index.d.ts",
  "@concurrent-futures/opentelemetry": "opentelemetry/dist/index.d.ts",
  "@concurrent-futures/shared-memory": "shared-memory/dist/index.d.ts",
};

/** Writes a page for each exported name below `api/`, and the list of them for the sidebar. */
export async function stageReference() {
  const folder = fileURLToPath(new URL(".tmp/reference", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const entryPoints = Object.entries(modules).map(([name, declarations]) => {
    const file = join(folder, `${name.replaceAll("/", "-")}.d.ts`);
    writeFileSync(file, `/** @module ${name} */\nexport * from "../../../packages/${declarations}";\n`);
    return file;
  });
  const tsconfig = join(folder, "tsconfig.json");
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions, files: entryPoints }));
  const app = await Application.bootstrapWithPlugins({
    name: "API reference",
    entryPoints,
    tsconfig,
    plugin: ["typedoc-plugin-markdown", "typedoc-vitepress-theme"],
    out: join(staged, "api"),
    docsRoot: staged,
    readme: "none",
    entryFileName: "index",
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    hideBreadcrumbs: false,
    parametersFormat: "list",
    logLevel: "Warn",
  });
  const project = await app.convert();
  if (project === undefined)
    throw new Error("TypeDoc could not read the declarations: run pnpm build first.");
  await app.generateOutputs(project);
}

const compilerOptions = {
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
};
