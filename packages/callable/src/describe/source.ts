import { noInspector } from "../errors.ts";
import { addressOf, registerExport } from "../load/exports.ts";
import { madeFor } from "../symbols.ts";
import { isNative } from "../values/native.ts";
import type { FunctionSource, ModuleOrigin, Role, Snapshot } from "../values/source.ts";
import type { ExportAddress } from "../wire.ts";
import { globalPath } from "./builtins.ts";
import { findExported } from "./by-reference.ts";
import { snapshot } from "./by-value.ts";
import { moduleOrigin } from "./imports.ts";
import { type Inspection, inspect, mayInspect, release } from "./inspector.ts";
import { hasPrivateFields } from "./private-fields.ts";
import { type Script, scriptById } from "./scripts.ts";

/** Answers the encoder's questions about functions, by the inspector and the parser. */

/** The last function that was looked into: it is asked about twice, where it is exported and what it captured. */
let last:
  | { readonly value: Function; readonly inspection: Inspection; readonly script: Script | undefined }
  | undefined;

function look(value: Function): { readonly inspection: Inspection; readonly script: Script | undefined } {
  if (last?.value === value) return last;
  const inspection = inspect(value);
  const script = inspection.location === undefined ? undefined : scriptById(inspection.location.scriptId);
  last = { value, inspection, script };
  return last;
}

/** Lets go of the engine's objects; variables are read again at the next inspection. */
export function forget(): void {
  if (last === undefined) return;
  last = undefined;
  release();
}

/** Snapshots of functions whose captured variables keep their values: there is nothing to ask again. */
const fixed: Readonly<Record<Role, WeakMap<Function, Snapshot>>> = {
  callee: new WeakMap(),
  value: new WeakMap(),
};

function isFixed(value: Function): boolean {
  return fixed.callee.has(value) || fixed.value.has(value);
}

/** The snapshots that were taken by the `write` of `collectSnapshots`. */
let taken: { readonly value: Function; readonly snapshot: Snapshot }[] | undefined;

/** Tells which functions are written by value while `write` runs. */
export function collectSnapshots<T>(
  write: () => T,
): readonly [T, readonly { readonly value: Function; readonly snapshot: Snapshot }[]] {
  taken = [];
  try {
    return [write(), taken];
  } finally {
    taken = undefined;
  }
}

/** Places whose functions are not exported: closures are made there, and the search is not repeated for each. */
const unexported = new WeakMap<Script, Set<string>>();

function find(value: Function): ExportAddress | undefined {
  const known = addressOf(value);
  if (known !== undefined) return known;
  if (isNative(value) || isFixed(value)) return undefined;
  if (!mayInspect()) throw noInspector(value);
  if (Object.hasOwn(value, madeFor)) return findMade(value, (value as MadeFunction)[madeFor]);
  const { inspection, script } = look(value);
  if (script === undefined || inspection.bound) return undefined;
  const { line, column } = inspection.location!;
  const place = `${line}:${column}`;
  const places = unexported.get(script) ?? new Set();
  if (places.has(place)) return undefined;
  const address = findExported(value, inspection, script);
  if (address === undefined) unexported.set(script, places.add(place));
  else registerExport(address, value);
  return address;
}

interface MadeFunction extends Function {
  readonly [madeFor]: Function;
}

/** The place of its code is that of its maker, which exports others like it: places say nothing here. */
function findMade(value: Function, other: Function): ExportAddress | undefined {
  const { inspection, script } = look(other);
  if (script === undefined || inspection.bound) return undefined;
  const address = findExported(value, { ...inspection, location: undefined }, script);
  if (address !== undefined) registerExport(address, value);
  return address;
}

function takeSnapshot(value: Function, role: Role): Snapshot {
  const result = fixed[role].get(value) ?? readSnapshot(value, role);
  taken?.push({ value, snapshot: result });
  return result;
}

function readSnapshot(value: Function, role: Role): Snapshot {
  if (!mayInspect()) throw noInspector(value);
  const { inspection, script } = look(value);
  const result = snapshot(value, role, inspection, script);
  forget();
  if (result.fixed === true) fixed[role].set(value, result);
  return result;
}

/** Native, or of the JavaScript that Node itself is made of. */
function belongsToNode(value: Function): boolean {
  return isNative(value) || (!isFixed(value) && look(value).script?.url.startsWith("node:") === true);
}

function findModule(value: object): ModuleOrigin | undefined {
  const origin = moduleOrigin(value);
  return origin === "unknown" ? undefined : origin;
}

/** Functions as the inspector sees them. */
export const inspectedSource: FunctionSource = {
  find,
  snapshot: takeSnapshot,
  builtinPath: (value) => (belongsToNode(value) ? globalPath(value) : undefined),
  belongsToNode,
  hasPrivateFields,
  findModule,
};
