import { owners, samples } from "./builtin-samples.ts";

/**
 * Keeps the builtins that a worker needs fit for use: a task may replace any of them, and its worker goes on with the next call.
 * A replacement that does the builtin's work stays; any other is taken back, with a warning.
 */

type Functions = Record<PropertyKey, unknown>;

interface Builtin {
  readonly name: string;
  readonly owner: Functions;
  readonly key: PropertyKey;
  /** The original, or what has been found to do the same. */
  accepted: unknown;
  readonly works: () => boolean;
}

const { defineProperty } = Object;
const { emitWarning } = process;

/** The clock, whatever a task does with `performance`. */
export const now: () => number = performance.now.bind(performance);

const builtins: Builtin[] = [];
for (const [ownerName, ofOwner] of Object.entries(samples)) {
  const owner = owners[ownerName] as Functions;
  for (const key of Reflect.ownKeys(ofOwner)) {
    const works = ofOwner[key] as () => boolean;
    builtins.push({ name: `${ownerName}.${String(key)}`, owner, key, accepted: owner[key], works });
  }
}

/**
 * To be called before what needs many builtins: errors, values that are not plain, functions that are loaded. It takes 3 us, so what
 * every call goes through does without, by methods of its own. @throws Error when one cannot be put back
 */
export function mendBuiltins(): void {
  for (let at = 0; at < builtins.length; at++) {
    const { owner, accepted, key } = builtins[at] as Builtin;
    if (owner[key] !== accepted) {
      mend();
      return;
    }
  }
}

/** Those that Node itself calls between two calls: for messages, for what a thread prints, for streams and sockets. */
const calledByNode: readonly Builtin[] = builtins.filter(
  ({ name, owner }) =>
    name === "MessagePort.prototype.postMessage" ||
    name === "EventEmitter.prototype.emit" ||
    owner === owners["EventTarget.prototype"],
);

/** To be called before Node's turn, in which one that throws is the end of the worker. @throws Error when one cannot be put back */
export function mendForNode(): void {
  for (let at = 0; at < calledByNode.length; at++) {
    const { owner, accepted, key } = calledByNode[at] as Builtin;
    if (owner[key] !== accepted) {
      mend();
      return;
    }
  }
}

function mend(): void {
  let mended = "";
  // No iterator, and no method: what is needed for them may be what is missing.
  for (let at = 0; at < builtins.length; at++) {
    const builtin = builtins[at] as Builtin;
    const { name, owner, key, accepted, works } = builtin;
    const found = owner[key];
    if (found === accepted) continue;
    if (succeeds(works)) builtin.accepted = found;
    else {
      defineProperty(owner, key, { value: accepted, writable: true, configurable: true, enumerable: false });
      mended += mended === "" ? name : `, ${name}`;
    }
  }
  if (mended === "") return;
  emitWarning(
    `A task has replaced ${mended} with something that behaves differently. The worker needs it, so it was restored.`,
    { type: "WorkerWarning", code: "CF_BUILTIN_REPLACED" },
  );
}

function succeeds(works: () => boolean): boolean {
  try {
    return works();
  } catch {
    return false;
  }
}
