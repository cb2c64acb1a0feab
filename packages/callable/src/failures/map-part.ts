/**
 * The part of a source map that is about one function: what a worker gets along with the function's text, so that stacks are told by
 * the sources there, too.
 */

import type { MapPart } from "../wire.ts";

/** What Node's `SourceMap` says of a place; an empty object where it knows nothing. */
interface Entry {
  readonly generatedLine?: number;
  readonly generatedColumn?: number;
  readonly originalSource?: string;
  readonly originalLine?: number;
  readonly originalColumn?: number;
}
interface FullMap {
  findEntry(line: number, column: number): object;
}

/** Longer functions are told by the map where their errors arrive, as before: each place of the text is asked for. */
const longest = 20_000;

/** The part for the lines of a text that starts at a place of a script; lines and columns count from 0. */
export function partOfMap(whole: FullMap, text: string, line: number, column: number): MapPart | undefined {
  if (text.length > longest) return undefined;
  const sources: string[] = [];
  const last = [0, 0, 0] as [source: number, line: number, column: number];
  const lines = text.split("\n").map((part, at) => {
    const start = at === 0 ? column : 0;
    const segments: string[] = [];
    let before = 0;
    let known = -1;
    for (let here = start; here <= start + part.length; here++) {
      const entry = whole.findEntry(line + at, here) as Entry;
      const generated = entry.generatedColumn;
      if (entry.originalSource === undefined || generated === undefined || generated === known) continue;
      // One that begins before the function, or on a line above, holds from here on.
      known = generated;
      if (!sources.includes(entry.originalSource)) sources.push(entry.originalSource);
      const place = [
        sources.indexOf(entry.originalSource),
        entry.originalLine ?? 0,
        entry.originalColumn ?? 0,
      ];
      segments.push(
        [here - before, ...place.map((value, index) => value - last[index]!)].map(digits).join(""),
      );
      place.forEach((value, index) => {
        last[index] = value;
      });
      before = here;
    }
    return segments.join(",");
  });
  if (sources.length === 0) return undefined;
  return { sources, mappings: lines.join(";") };
}

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A number as source maps write it. */
function digits(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += base64[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
