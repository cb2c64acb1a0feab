import type { ExportName } from "@concurrent-futures/callable/network";

/** What a call takes along of one carrier: the function that restores it, by name, and the text. */
export interface CarriedByName {
  readonly restore: ExportName;
  readonly value: string;
}

/** What a job's calls take along, in its header. */
export interface CarriedHeader {
  /** The functions that restore it, by module and path. */
  readonly r: readonly { readonly m: string; readonly p: readonly string[] }[];
  /** For each call, or once for all: the places of functions above, and their texts. */
  readonly v: readonly (readonly (readonly [restore: number, value: string])[])[];
}

/** The most carriers that a call may have, and functions that a header may name. */
const mostCarriers = 100;

/** What calls take along, each of them; `undefined` when none takes anything. */
export function carriedHeader(
  calls: readonly (readonly CarriedByName[] | undefined)[],
): CarriedHeader | undefined {
  if (calls.every((call) => call === undefined)) return undefined;
  const restores = new Map<string, { readonly at: number; readonly restore: ExportName }>();
  const placeOf = (restore: ExportName): number => {
    const key = [restore.module, ...restore.path].join("\0");
    const known = restores.get(key) ?? { at: restores.size, restore };
    restores.set(key, known);
    return known.at;
  };
  const different = calls.every((call) => call === calls[0]) ? calls.slice(0, 1) : calls;
  const v = different.map((call = []) =>
    call.map(({ restore, value }) => [placeOf(restore), value] as const),
  );
  return { r: [...restores.values()].map(({ restore }) => ({ m: restore.module, p: restore.path })), v };
}

/** What one of the calls takes along. */
export function carriedAt(header: CarriedHeader | undefined, index: number): readonly CarriedByName[] {
  const own = header?.v[header.v.length === 1 ? 0 : index] ?? [];
  return own.map(([at, value]) => {
    const { m, p } = (header as CarriedHeader).r[at] as CarriedHeader["r"][number];
    return { restore: { module: m, path: p }, value };
  });
}

/** Whether this is what a job of this many calls may have there. */
export function isCarried(
  value: unknown,
  calls: number,
  isName: (value: unknown) => boolean,
): value is CarriedHeader {
  if (typeof value !== "object" || value === null) return false;
  const { r, v } = value as { readonly r?: unknown; readonly v?: unknown };
  if (!Array.isArray(r) || r.length > mostCarriers || !r.every(isName)) return false;
  if (!Array.isArray(v) || (v.length !== 1 && v.length !== calls)) return false;
  return v.every(
    (call) =>
      Array.isArray(call) &&
      call.length <= mostCarriers &&
      call.every(
        (one) =>
          Array.isArray(one) &&
          one.length === 2 &&
          Number.isInteger(one[0]) &&
          one[0] >= 0 &&
          one[0] < r.length &&
          typeof one[1] === "string",
      ),
  );
}
