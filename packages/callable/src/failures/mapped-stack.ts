import type { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";
import { builtin } from "../load/node-builtins.ts";

/**
 * Places of functions that went by value, in stacks. A worker knows such a function by its text and has a file's name of its own for it, for
 * which it gets the part of the map. Where it uses no maps, or gets none, the frames are told where the stack arrives, by the map of the
 * script that the text was taken from.
 */
const mark = "%3Fby-value=";
const markedPlace = /(file:\/\/[^\s()]*?)%3Fby-value=\d+-\d+(?::(\d+):(\d+))?/g;

/** The source map of a script, if stacks of this program are told by maps, and there is one. */
export function sourceMapOf(url: string): SourceMap | undefined {
  const { sourceMapsEnabled } = process as { sourceMapsEnabled?: boolean };
  return sourceMapsEnabled === true ? builtin("node:module")?.findSourceMap(url) : undefined;
}

/** As which file a function's text is compiled in a worker. */
export function markedFile(file: string, line: number, column: number): string {
  return `${file}${mark}${line}-${column}`;
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
