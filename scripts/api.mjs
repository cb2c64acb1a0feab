/**
 * `node scripts/api.mjs`: writes `packages/<name>/api.md`, the declarations of all that a package exports. A change of what programs see
 * changes one of these files, where a reviewer notices it. With `--check` it writes nothing and fails when one is out of date.
 * It reads the emitted declarations, with the TypeScript of the site: version 7 has no interface for programs.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { root } from "./run.mjs";

const ts = createRequire(join(root, "site/package.json"))("typescript");
const printer = ts.createPrinter({ removeComments: true });

const check = process.argv.includes("--check");
const packages = readdirSync(join(root, "packages"))
  .map((folder) => ({
    folder,
    manifest: JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")),
  }))
  .filter(({ manifest }) => !manifest.private)
  .map(({ folder, manifest }) => ({
    folder,
    name: manifest.name,
    entries: entriesOf(folder, manifest),
    internal: internalOf(manifest),
  }));
const program = ts.createProgram(
  packages.flatMap(({ entries }) => entries.map(({ file }) => file)),
  {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    noEmit: true,
    skipLibCheck: true,
  },
);

const outdated = packages.filter((one) => {
  const file = join(root, "packages", one.folder, "api.md");
  const text = pageOf(one);
  if (existsSync(file) && readFileSync(file, "utf8") === text) return false;
  if (!check) writeFileSync(file, text);
  return check;
});
if (outdated.length > 0) {
  const files = outdated.map(({ folder }) => `packages/${folder}/api.md`);
  console.error(
    `Out of date: ${files.join(", ")}. Run node scripts/api.mjs after a build, and commit what it writes.`,
  );
  process.exitCode = 1;
}

/** The paths that docs/versions.md covers: all of the front door, and the main one of each other package. */
function entriesOf(folder, { name, exports }) {
  return Object.entries(exports)
    .filter(([path, target]) => path === "." || (name === "concurrent-futures" && target.types !== undefined))
    .map(([path, { types }]) => ({
      path: name + path.slice(1),
      file: join(root, "packages", folder, types),
    }));
}

/** The other paths, which are for the packages of this repository. */
function internalOf({ name, exports }) {
  return Object.entries(exports)
    .filter(([path, target]) => path !== "." && name !== "concurrent-futures" && target.types !== undefined)
    .map(([path]) => `\`${name}${path.slice(1)}\``);
}

/** The page of one package: a section for each path by which it can be imported, and the names of the internal ones. */
function pageOf({ folder, name, entries, internal }) {
  const sections = entries.map(({ path, file }) => {
    const lines = declarationsOf(file, join(root, "packages", folder));
    return `## \`${path}\`\n\n\`\`\`text\n${lines.join("\n")}\n\`\`\`\n`;
  });
  if (internal.length > 0) {
    const words = "For the packages of this repository only; each may change in any version.";
    sections.push(`## Internal paths\n\n${words}\n\n${internal.map((path) => `- ${path}`).join("\n")}\n`);
  }
  return `# What ${name} exports\n\nWritten by \`node scripts/api.mjs\`; do not edit.\n\n${sections.join("\n")}`;
}

/** The exported names in alphabetical order, each with its declaration, or with the package that it comes from. */
function declarationsOf(file, own) {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  return checker
    .getExportsOfModule(module)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      return [
        ...new Set((symbol.declarations ?? []).map((declaration) => textOf(exported.name, declaration, own))),
      ];
    });
}

function textOf(name, declaration, own) {
  const source = declaration.getSourceFile();
  const path = relative(own, source.fileName);
  if (path.startsWith("..")) {
    const from = /packages\/([^/]+)\//.exec(source.fileName.replaceAll("\\", "/"))?.[1];
    return `export { ${name} } from "@concurrent-futures/${from}";`;
  }
  // A variable is declared inside a list, inside a statement.
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return printer
    .printNode(ts.EmitHint.Unspecified, withoutPrivate(node), source)
    .replace(/^export (declare )?/, "")
    .replace(/^declare /, "");
}

/** Without the members that nobody outside can use. */
function withoutPrivate(node) {
  if (!ts.isClassDeclaration(node)) return node;
  const members = node.members.filter(
    (member) =>
      !(member.name !== undefined && ts.isPrivateIdentifier(member.name)) &&
      !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private),
  );
  return ts.factory.updateClassDeclaration(
    node,
    node.modifiers,
    node.name,
    node.typeParameters,
    node.heritageClauses,
    members,
  );
}
