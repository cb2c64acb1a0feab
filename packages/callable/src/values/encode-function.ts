import { refusedAt } from "../errors.ts";
import { definitionOf } from "../load/define.ts";
import { parentOfImporter } from "../load/modules.ts";
import { reduce } from "../symbols.ts";
import type { Encoder } from "./encode.ts";
import { encodeReduced } from "./encode-instance.ts";
import { knownAddress } from "./known-address.ts";
import { tokenFor } from "./originals.ts";
import type { Captured, Role, Snapshot } from "./source.ts";

/** Writes a function or class: by reference where it is exported, else as text with what it captured. */
export function encodeFunction(encoder: Encoder, value: Function, role: Role): number {
  const parent = parentOfImporter(value);
  if (parent !== undefined) {
    const to = encoder.seen.assign(value);
    encoder.steps.push({ op: "importer", to, parent });
    return to;
  }
  const address =
    knownAddress(value) ?? (definitionOf(value) === undefined ? encoder.source.find(value) : undefined);
  if (address !== undefined) {
    const to = encoder.seen.assign(value);
    encoder.steps.push({ op: "reference", to, address });
    return to;
  }
  if (Object.hasOwn(value, reduce)) return encodeReduced(encoder, value);
  const path =
    role === "submitted" || encoder.trail.inCapture ? encoder.source.builtinPath(value) : undefined;
  // Called alone, a method of a prototype lacks its `this`.
  if (path !== undefined && !(role === "submitted" && path.includes("prototype"))) {
    const to = encoder.seen.assign(value);
    encoder.steps.push({ op: "builtin", to, path });
    return to;
  }
  return encodeSnapshot(encoder, value, definedHere(value) ?? snapshotOf(encoder, value, role));
}

function snapshotOf(encoder: Encoder, value: Function, role: Role): Snapshot {
  try {
    return encoder.source.snapshot(value, role);
  } catch (error) {
    throw role === "submitted" ? error : refusedAt(encoder.trail.beginning, error);
  }
}

/** A function that came here by value goes on as it came, with what its variables were given. */
function definedHere(value: Function): (Snapshot & { readonly token: string | undefined }) | undefined {
  const definition = definitionOf(value);
  if (definition === undefined) return undefined;
  const { shape, token } = definition;
  const captured = (names: readonly string[], values: readonly unknown[]): Captured[] =>
    names.map((name, index) => ({ kind: "value", name, value: values[index] }));
  return {
    shape,
    early: captured(shape.early, definition.early),
    late: captured(shape.late, definition.late),
    token,
  };
}

function encodeSnapshot(
  encoder: Encoder,
  value: Function,
  snapshot: Snapshot & { readonly token?: string | undefined },
): number {
  const { shape } = snapshot;
  encoder.trail.enterFunction(shape);
  let to: number;
  if (shape.kind === "function") {
    to = encoder.seen.assign(value);
    encoder.steps.push({ op: "define", to, shape, early: [] });
  } else {
    const early: unknown[] = [];
    encoder.seen.whileUnfinished(value, () =>
      encoder.postponed.whileDefining(() => putAll(encoder, early, snapshot.early)),
    );
    to = encoder.seen.assign(value);
    encoder.steps.push({ op: "define", to, shape, early, token: snapshot.token ?? tokenFor(value) });
  }
  const depth = encoder.trail.depth;
  const rest = encoder.trail.branch();
  const writeLate = (): void => {
    const before = encoder.trail.swap(rest);
    const late: unknown[] = [];
    putAll(encoder, late, snapshot.late);
    const own = ownFields(encoder, value);
    if (late.length > 0 || own !== undefined) {
      encoder.steps.push({ op: "capture", of: to, late, ...(own === undefined ? {} : { own }) });
    }
    encoder.trail.swap(before);
  };
  if (shape.kind === "class") encoder.postponed.run(writeLate);
  else writeLate();
  encoder.trail.depth = depth;
  encoder.trail.leave();
  encoder.postponed.catchUp();
  return to;
}

function putAll(encoder: Encoder, into: unknown[], captured: readonly Captured[]): void {
  for (const variable of captured) {
    encoder.trail.enter(`\`${variable.name}\``);
    putCaptured(encoder, into, variable);
    encoder.trail.leave();
  }
}

function putCaptured(encoder: Encoder, into: unknown[], variable: Captured): void {
  const key = into.length;
  if (variable.kind === "value") {
    encoder.captured?.(variable.value);
    encoder.put(into, key, variable.value);
    return;
  }
  into.push(undefined);
  const to = encoder.seen.assign(variable);
  if (variable.kind === "import") encoder.steps.push({ op: "import", to, ...variable.origin });
  else encoder.steps.push({ op: variable.kind, to, parent: variable.parent });
  encoder.steps.push({ op: "put", into, key, from: to });
}

/** Fields that were put on the function, or static fields as they are now. */
function ownFields(encoder: Encoder, value: Function): Record<string, unknown> | undefined {
  const keys = Object.keys(value);
  if (keys.length === 0) return undefined;
  return encoder.fields(value, {});
}
