import { fileURLToPath } from "node:url";
import { builtin } from "../load/node-builtins.ts";

/**
 * Places of functions that went by value, in stacks. A worker knows such a function by its text, and has no source map for it: its
 * frames say so, and where the stack arrives they are told by the map of the script that the text was taken from.
 */
const mark = "?by-value";
const markedPlace = /(file:\/\/[^\s()]*?)\?by-value(?::(\d+):(\d+))?/g;

/** Whether stacks of this program are told by source maps, and there is one for a script. */
export function hasSourceMap(url: string): boolean {
  const { sourceMapsEnabled } = process as { sourceMapsEnabled?: boolean };
  return sourceMapsEnabled === true && builtin("node:module")?.findSourceMap(url) !== undefined;
}

/** As which file a function's text is compiled in a worker. */
export function markedFile(file: string): string {
  return file + mark;
}

/** A stack with the places in the sources, as Node itself would have it. */
export function mappedStack(stack: string): string {
  if (!stack.includes(mark)) return stack;
  return stack.replaceAll(markedPlace, (_, url: string, line?: string, column?: string) => {
    const map = line === undefined ? undefined : builtin("node:module")?.findSourceMap(url);
    const entry = map?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !("originalSource" in entry)) {
      return line === undefined ? url : `${url}:${line}:${column}`;
    }
    const { originalSource: source, originalLine, originalColumn } = entry;
    const file = source.startsWith("file:") ? fileURLToPath(source) : source;
    return `${file}:${originalLine + 1}:${originalColumn + 1}`;
  });
}
