import { fileURLToPath, pathToFileURL } from "node:url";
import { builtin } from "./node-builtins.ts";
import { OwnMap } from "./own-map.ts";
import { ownModule } from "./own-modules.ts";
import { sharedState } from "./shared-state.ts";
import { prepareFor } from "./typescript.ts";

/**
 * The modules that travelling values name, each loaded once. The worker imports them as anyone would, by Node's own
 * loader, so what makes the parent understand TypeScript (`tsx`, type stripping) works here as well.
 */

type Namespace = Record<string, unknown>;

/** By URL, or by `parent` and specifier for an import statement that is repeated here. */
const { loaded, loading, requiring, parents } = sharedState("modules", () => ({
  loaded: new OwnMap<string, Namespace>(),
  loading: new OwnMap<string, Promise<Namespace>>(),
  requiring: [] as string[],
  parents: new WeakMap<Function, string>(),
}));

/** What to load: a URL, or a specifier as a module (its URL is `parent`) wrote it. */
export interface ModuleRequest {
  readonly specifier: string;
  readonly parent?: string;
  readonly commonjs?: boolean | undefined;
}

function keyOf(request: ModuleRequest): string {
  return request.parent === undefined ? request.specifier : `${request.specifier}\u0000${request.parent}`;
}

/** The namespace of a module that is here already. CommonJS modules are loaded on the spot. */
export function loadedModule(request: ModuleRequest): Namespace | undefined {
  const known = loaded.get(keyOf(request)) ?? ownModule(request.specifier);
  if (known !== undefined || request.commonjs !== true) return known;
  prepare(request);
  return remember(request, required(request.specifier, fileURLToPath(request.specifier)));
}

/** Loads a module by `import`. Failures are not kept: the file may be there at the next try. */
export function importModule(request: ModuleRequest): Promise<Namespace> {
  const key = keyOf(request);
  let pending = loading.get(key);
  if (pending === undefined) {
    prepare(request);
    pending = importer(request.parent)(request.specifier).then(
      (namespace) => {
        loading.delete(key);
        return remember(request, namespace);
      },
      (error: unknown) => {
        loading.delete(key);
        throw error;
      },
    );
    loading.set(key, pending);
  }
  return pending;
}

/** Loads a module by `require`, for callers that cannot wait. Throws for modules with top-level await. */
export function requireModule(request: ModuleRequest): Namespace {
  prepare(request);
  const base = request.parent ?? import.meta.url;
  const specifier = request.specifier.startsWith("file:")
    ? fileURLToPath(request.specifier)
    : request.specifier;
  return remember(request, required(base, specifier));
}

/** The module that is being imported or required just now, as it was asked for, if any is. */
export function moduleBeingLoaded(): string | undefined {
  const last = requiring.at(-1) ?? loading.keys().next().value;
  return last?.split("\u0000")[0];
}

/** The modules loaded so far, for those who look for an export among them. */
export function loadedModules(): IterableIterator<[string, Namespace]> {
  return loaded.entries();
}

function prepare(request: ModuleRequest): void {
  prepareFor(request.parent ?? request.specifier);
  prepareFor(request.specifier);
}

function remember(request: ModuleRequest, namespace: Namespace): Namespace {
  loaded.set(keyOf(request), namespace);
  return namespace;
}

function required(base: string, specifier: string): Namespace {
  requiring.push(specifier);
  try {
    return requireFrom(base)(specifier) as Namespace;
  } finally {
    requiring.pop();
  }
}

/** A `require` that resolves as the module at this URL would; for use at once. */
export function requireFrom(url: string): NodeJS.Require {
  forgetPipes();
  const base = url.startsWith("file:") || url.startsWith("/") ? url : currentFolder();
  return builtin("node:module")!.createRequire(base);
}

/** Loads a module of this library, or one that it depends on, when it is first needed. */
export function requireOwn(specifier: string, from: string): unknown {
  return ownModule(specifier) ?? requireFrom(from)(specifier);
}

function currentFolder(): string {
  return pathToFileURL(`${process.cwd()}/`).href;
}

/** Node leaves links as they are, and so finds no package of pnpm, when the last `stat` in this thread was of a pipe. */
function forgetPipes(): void {
  try {
    builtin("node:fs")!.statSync(".");
  } catch {
    // Node's permissions, or a folder that has gone: links are as they were then.
  }
}

/** `import()`, with its optional attributes. */
export type Importer = (specifier: string, options?: ImportCallOptions) => Promise<Namespace>;

/** For a function that {@link importer} made: the module as which it imports. */
export function parentOfImporter(value: Function): string | undefined {
  return parents.get(value);
}

/** An `import()` that resolves as the module at this URL would. */
export function importer(parent: string | undefined): Importer {
  const here: Importer = (specifier, options) =>
    options === undefined
      ? (import(/* webpackIgnore: true */ /* @vite-ignore */ specifier) as Promise<Namespace>)
      : importFrom(parent ?? currentFolder())(specifier, options);
  if (parent === undefined) return here;
  const there: Importer = (specifier, options) => {
    const url = /^\.{0,2}\//.test(specifier) ? new URL(specifier, parent).href : specifier;
    return isAbsolute(url)
      ? here(url, options)
      : withoutWarning(() => importFrom(parent)(specifier, options));
  };
  parents.set(there, parent);
  return there;
}

/** Whether a URL means the same for every importer: a builtin, or a file that is there under just that name. */
function isAbsolute(url: string): boolean {
  if (!url.startsWith("file:")) return url.includes(":");
  return builtin("node:fs")!.existsSync(fileURLToPath(url));
}

/** Only a function that Node takes for a part of that file resolves bare names, and by which conditions, as it does. */
function importFrom(parent: string): Importer {
  const vm = builtin("node:vm")!;
  return vm.compileFunction("return import(specifier, options)", ["specifier", "options"], {
    filename: parent,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as Importer;
}

/** Node warns once that the loader constant is experimental; the program that would read it has not used it. */
function withoutWarning<T>(run: () => T): T {
  const original = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return run();
  } finally {
    process.emitWarning = original;
  }
}
