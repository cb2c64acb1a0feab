import type Module from "node:module";
import { fileURLToPath } from "node:url";
import type { MapPart } from "../wire.ts";
import { builtin } from "./node-builtins.ts";
import { OwnMap } from "./own-map.ts";

/** Node holds a map as long as the module that brought it, so these are kept: as many as there are functions. */
const most = 500;
const modules = new OwnMap<string, object>();

interface Compiling {
  _compile(text: string, file: string): unknown;
}

/**
 * Gives Node the source map of a text that is about to be compiled under a file's URL, as if a module had brought it: Node has no other way in. Its
 * stacks then name the places in the sources, wherever they are read.
 */
export function knowMap(url: string, { sources, mappings }: MapPart, line: number): void {
  const { sourceMapsEnabled } = process as { sourceMapsEnabled?: boolean };
  if (sourceMapsEnabled !== true || !url.startsWith("file:") || modules.has(url)) return;
  const map = JSON.stringify({ version: 3, sources, names: [], mappings: ";".repeat(line) + mappings });
  const text = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString("base64")}`;
  try {
    const file = fileURLToPath(url);
    const Maker = (builtin("node:module") as unknown as { Module: new (id: string) => Module }).Module;
    const module = new Maker(file);
    (module as unknown as Compiling)._compile(text, file);
    if (modules.size >= most) modules.delete(modules.keys().next().value as string);
    modules.set(url, module);
  } catch {
    // The stack is mapped where it arrives, then.
  }
}
