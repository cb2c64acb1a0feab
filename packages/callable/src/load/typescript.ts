import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { builtin } from "./node-builtins.ts";
import { sharedState } from "./shared-state.ts";

/**
 * tsx gives its loader to worker threads only on Node versions that have synchronous hooks. Elsewhere a thread is
 * started with the same options and yet does not understand TypeScript: then the loader is registered here, as tsx
 * documents it, when the first TypeScript module is asked for.
 */

const loader = sharedState("typescript", () => ({ pending: !isMainThread }));

/** Makes this thread understand a module as the main thread does. To be called before it, or from it, is imported. */
export function prepareFor(url: string): void {
  if (!loader.pending || !/\.[cm]?tsx?$/.test(url.replace(/[?#].*$/, ""))) return;
  loader.pending = false;
  const tsx = tsxLoader();
  if (tsx === undefined || tsxReachesThreads()) return;
  const require = builtin("node:module")!.createRequire(tsx);
  // By its path: what tsx exports as "tsx/esm/api" for require() does not find its own files.
  const esm = require.resolve("tsx/package.json").replace(/package\.json$/, "dist/esm/api/index.mjs");
  for (const api of ["tsx/cjs/api", esm]) (require(api) as { register(): unknown }).register();
}

/** From these versions on, tsx hooks into each thread by itself; twice would compile everything twice. */
const withThreads: readonly (readonly [number, number, number])[] = [
  [22, 22, 3],
  [24, 11, 1],
  [25, 1, 0],
];

function tsxReachesThreads(): boolean {
  const [major = 0, minor = 0, patch = 0] = process.versions.node.split(".").map(Number);
  const since = withThreads.find(([wanted]) => wanted === major);
  if (since === undefined) return major > 25;
  return minor > since[1] || (minor === since[1] && patch >= since[2]);
}

/** The tsx that this program was started with: the package by name, or the path of its loader. */
function tsxLoader(): string | undefined {
  const options = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(" ")];
  for (const [index, option] of options.entries()) {
    const [name, value = options[index + 1] ?? ""] = option.split("=", 2);
    if (name !== "--import" && name !== "--require" && name !== "-r") continue;
    if (value === "tsx" || value.startsWith("tsx/")) return pathToFileURL(`${process.cwd()}/`).href;
    if (/[/\\]tsx[/\\]dist[/\\]/.test(value)) return value;
  }
  return undefined;
}
