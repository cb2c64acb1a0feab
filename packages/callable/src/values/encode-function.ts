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
    const to = encoder.visited.assign(value);
    encoder.steps.push({ op: "importer", to, parent });
    return to;
  }
  const address =
    knownAddress(value) ?? (definitionOf(value) === undefined ? encoder.source.find(value) : undefined);
  if (address !== undefined) {
    const to = encoder.visited.assign(value);
    encoder.steps.push({ op: "reference", to, address });
    return to;
  }
  if (Object.hasOwn(value, reduce)) return encodeReduced(encoder, value);
  const path = role === "callee" || encoder.path.inCapture ? encoder.source.builtinPath(value) : undefined;
  // Called alone, a method of a prototype lacks its `this`.
  if (path !== undefined && !(role === "callee" && path.includes("prototype"))) {
    const to = encoder.visited.assign(value);
    encoder.steps.push({ op: "builtin", to, path });
    return to;
  }
  return encodeSnapshot(encoder, value, definedHere(value) ?? snapshotOf(encoder, value, role));
}

function snapshotOf(encoder: Encoder, value: Function, role: Role): Snapshot {
  try {
    return encoder.source.snapshot(value, role);
  } catch (error) {
    throw role === "callee" ? error : refusedAt(encoder.path.beginning, error);
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
    definitionTime: captured(shape.definitionTime, definition.definitionTime),
    callTime: captured(shape.callTime, definition.callTime),
    token,
  };
}

function encodeSnapshot(
  encoder: Encoder,
  value: Function,
  snapshot: Snapshot & { readonly token?: string | undefined },
): number {
  const { shape } = snapshot;
  encoder.path.enterFunction(shape);
  let to: number;
  if (shape.kind === "function") {
    to = encoder.visited.assign(value);
    encoder.steps.push({ op: "define", to, shape, definitionTime: [] });
  } else {
    const definitionTime: unknown[] = [];
    encoder.visited.whileUnfinished(value, () =>
      encoder.deferred.whileDefining(() => putAll(encoder, definitionTime, snapshot.definitionTime)),
    );
    to = encoder.visited.assign(value);
    encoder.steps.push({ op: "define", to, shape, definitionTime, token: snapshot.token ?? tokenFor(value) });
  }
  const depth = encoder.path.depth;
  const rest = encoder.path.branch();
  const writeCallTime = (): void => {
    const before = encoder.path.swap(rest);
    const callTime: unknown[] = [];
    putAll(encoder, callTime, snapshot.callTime);
    const own = ownFields(encoder, value);
    if (callTime.length > 0 || own !== undefined) {
      encoder.steps.push({ op: "capture", of: to, callTime, ...(own === undefined ? {} : { own }) });
    }
    encoder.path.swap(before);
  };
  if (shape.kind === "class") encoder.deferred.run(writeCallTime);
  else writeCallTime();
  encoder.path.depth = depth;
  encoder.path.leave();
  encoder.deferred.catchUp();
  return to;
}

function putAll(encoder: Encoder, into: unknown[], captured: readonly Captured[]): void {
  for (const variable of captured) {
    encoder.path.enter(`\`${variable.name}\``);
    putCaptured(encoder, into, variable);
    encoder.path.leave();
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
  const to = encoder.visited.assign(variable);
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
