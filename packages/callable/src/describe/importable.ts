import { fileURLToPath } from "node:url";
import { requireFrom } from "../load/modules.ts";
import { builtin } from "../load/node-builtins.ts";
import { type Script, scriptByUrl } from "./scripts.ts";

/** Which modules a worker can load as this thread did, and which it must not. */

const loadable = new WeakMap<Script, boolean>();

/**
 * Whether a worker gets the same module by importing this script's URL. Not the program's entry file: importing it
 * would run the program once more.
 */
export function isImportable(script: Script): boolean {
  return !isEntry(script.url) && isLoadable(script);
}

/** Whether a worker understands this script as this thread does, and finds what it imports. */
export function isLoadable(script: Script): boolean {
  let answer = loadable.get(script);
  if (answer === undefined) {
    answer = checkLoadable(script);
    loadable.set(script, answer);
  }
  return answer;
}

function checkLoadable(script: Script): boolean {
  if (script.url.startsWith("data:")) return script.inMainRealm;
  if (!script.url.startsWith("file:")) return script.inMainRealm && script.isModule;
  if (script.inMainRealm && loaderIsInherited()) return true;
  // Node itself strips types where it can, and this thread did not need more than that.
  if (script.inMainRealm && isTypeScript(script.url) && stripsTypes()) return true;
  return isOnDisk(script);
}

/** Whether a worker understands a file by its name alone, its text not being at hand. */
export function isLoadableFile(url: string, inMainRealm: boolean): boolean {
  if (isTypeScript(url)) return inMainRealm && (loaderIsInherited() || stripsTypes());
  if (!/\.([cm]?js|json|node)$/.test(url) || !builtin("node:fs")!.existsSync(fileURLToPath(url)))
    return false;
  return inMainRealm || !isTransformed(url);
}

/**
 * Whether a test runner has compiled a file of the program before it ran it: Jest does so in CommonJS. Packages are written for Node, which
 * understands them as they are.
 */
function isTransformed(url: string): boolean {
  if (url.includes("/node_modules/")) return false;
  const script = scriptByUrl(url);
  if (script === undefined) return false;
  const text = withoutHead(builtin("node:fs")!.readFileSync(fileURLToPath(url), "utf8"));
  // It is wrapped in a function in any case.
  return !script.source.includes(text);
}

/** Whether Node will load what stands in the file as it is: no transform came between. */
function isOnDisk(script: Script): boolean {
  if (isTypeScript(script.url)) return false;
  try {
    const text = builtin("node:fs")!.readFileSync(fileURLToPath(script.url), "utf8");
    return withoutHead(text) === withoutHead(script.source);
  } catch {
    return false;
  }
}

function withoutHead(text: string): string {
  return text.replace(/^\uFEFF/, "").replace(/^#!.*/, "");
}

function isTypeScript(url: string): boolean {
  return /\.[cm]?tsx?$/.test(url.replace(/[?#].*$/, ""));
}

function stripsTypes(): boolean {
  const features = process.features as { readonly typescript?: unknown };
  return features.typescript !== undefined && features.typescript !== false;
}

/** Loaders that were asked for on the command line or by the environment are there in workers too. */
function loaderIsInherited(): boolean {
  const given = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(" ")];
  return given.some((option) => /^(--import|--require|-r|--loader|--experimental-loader)(=|$)/.test(option));
}

let entry: string | undefined;

/** Whether a file is the one that Node was started with. */
export function isEntry(url: string): boolean {
  if (!url.startsWith("file:")) return false;
  const path = fileURLToPath(url.replace(/[?#].*$/, ""));
  if (path === process.argv[1]) return true;
  entry ??= findEntry();
  return entry !== "" && (path === entry || realPath(path) === entry);
}

function findEntry(): string {
  const given = process.argv[1];
  if (given === undefined) return "";
  const direct = realPath(given);
  try {
    // `node app` for app.js, `node .` for a folder's main file.
    return realPath(requireFrom(import.meta.url).resolve(direct));
  } catch {
    return direct;
  }
}

function realPath(path: string): string {
  try {
    return builtin("node:fs")!.realpathSync(path);
  } catch {
    return path;
  }
}
