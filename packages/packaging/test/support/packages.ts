import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root folder, with a slash at its end. */
export const root: string = fileURLToPath(new URL("../../../..", import.meta.url));

/** The parts of a package.json that the tests read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly main?: string;
  readonly types?: string;
  readonly typesVersions?: { readonly "*": Readonly<Record<string, readonly string[]>> };
}

/** A package of this repository that is published. */
export interface Published {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Its source files, as paths from the root. */
  readonly sources: readonly string[];
}

/** The published packages, from the bottom up: each may use those before it. */
export const order = [
  "core",
  "thread",
  "testing",
  "callable",
  "shared-memory",
  "process",
  "multiprocessing",
  "distributed",
  "insights",
  "opentelemetry",
  "concurrent-futures",
];

/** All published packages, in {@link order}. */
export const published: readonly Published[] = order.map((folder) => ({
  folder,
  manifest: manifestOf(folder),
  sources: filesUnder(`packages/${folder}/src`, ".ts"),
}));

/** A package's manifest, by its folder. */
export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, "utf8")) as Manifest;
}

/** Files of a folder with an ending, at any depth, as paths from the root. */
export function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(root + folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(ending))
    .map((path) => `${folder}/${path}`)
    .sort();
}

/** A file's text. */
export function textOf(path: string): string {
  return readFileSync(root + path, "utf8");
}

/** TypeScript without its comments; what looks like one inside a string is not worth a parser here. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|[^:"'`/])\/\/.*$/gm, "$1");
}

/** One import of a module by its specifier. */
export interface Import {
  readonly specifier: string;
  /** `type`: gone after compilation. `static`: loaded with the file. `lazy`: loaded when the code gets there. */
  readonly kind: "type" | "static" | "lazy";
}

/** What a source file imports: statically, dynamically, or by a `require` made in it. */
export function importsOf(path: string): Import[] {
  const text = withoutComments(textOf(path));
  const found: Import[] = [];
  const statements = /^\s*(?:import|export)\s+(type\s)?(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']/gm;
  for (const [, type, specifier] of text.matchAll(statements)) {
    found.push({ specifier: specifier as string, kind: type === undefined ? "static" : "type" });
  }
  // `typeof import("x")` is a type; `await import("x")` and `createRequire(…)("x")`, which is also in `requireOwn("x", …)`, are not.
  for (const [, type, specifier] of text.matchAll(/(typeof\s+)?\bimport\(\s*["']([^"']+)["']/g)) {
    found.push({ specifier: specifier as string, kind: type === undefined ? "lazy" : "type" });
  }
  for (const [, specifier] of text.matchAll(/(?:\)\(|\brequireOwn\()\s*["']([^"']+)["']\s*[),]/g)) {
    found.push({ specifier: specifier as string, kind: "lazy" });
  }
  return found;
}

/** The package that a specifier names: `@a/b` of `@a/b/c`. `undefined` for relative paths and Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|node:|file:)/.test(specifier)) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The paths for everybody, which docs/versions.md covers: all of the front door, and the main one of each other package. */
export function publicPaths({ name, exports }: Manifest): string[] {
  const typed = Object.keys(exports).filter((path) => typeof exports[path] !== "string");
  return typed.filter((path) => path === "." || name === "concurrent-futures");
}
