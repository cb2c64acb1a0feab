import type { Session } from "node:inspector";
import { inspected } from "@concurrent-futures/core/keys";
import { builtin } from "../load/node-builtins.ts";

/**
 * What the engine knows about a function: where it was defined, and the variables that it has captured. Asked by an
 * in-process inspector session, which answers before `post` returns. Its debugger stays off (while it is on, code
 * that awaits runs ten times slower); `scripts.ts` turns it on for a moment when it meets a script that it does not
 * know.
 */

/** Variables of one scope around a function, innermost scope first in a list of them. */
export interface Scope {
  /** "Closure", "Block", "Module", "Script", "Global", … */
  readonly kind: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Where a function was defined: a script and a place in it, counted from 0. */
export interface Location {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

/** What there is to know of one function. Scopes are a snapshot of the moment when they were asked for. */
export interface Inspection {
  readonly location: Location | undefined;
  readonly bound: boolean;
  scopes(): readonly Scope[];
}

interface SharedSlot {
  in?: unknown;
  out?: ArrayLike<{ readonly description: string; readonly object: Record<string, unknown> }>;
}

interface Channel {
  readonly session: Session;
  readonly slot: SharedSlot;
  readonly slotId: string;
}

const group = "concurrent-futures";
let channel: Channel | undefined;

/** Whether functions may be looked into: there is an inspector, and nobody has turned it off. */
export function mayInspect(): boolean {
  const off = process.env["CONCURRENT_FUTURES_NO_INSPECTOR"];
  return (
    (off === undefined || off === "" || off === "0") && process.features.inspector !== false && canOpen()
  );
}

/** A policy, or an embedding, may forbid what the build has. */
function canOpen(): boolean {
  try {
    open();
    return true;
  } catch {
    return false;
  }
}

/** The session that all questions go through. Connected at the first one. */
export function session(): Session {
  return open().session;
}

/** Looks into a function. */
export function inspect(value: Function): Inspection {
  const { session } = open();
  const properties = post<{ internalProperties?: readonly InternalProperty[] }>(
    session,
    "Runtime.getProperties",
    {
      objectId: handleOf(value),
      ownProperties: true,
    },
  );
  const internal = properties.internalProperties ?? [];
  const place = internal.find(({ name }) => name === "[[FunctionLocation]]")?.value.value as
    | RawLocation
    | undefined;
  const scopesId = internal.find(({ name }) => name === "[[Scopes]]")?.value.objectId;
  let scopes: readonly Scope[] | undefined;
  return {
    location: place && { scriptId: place.scriptId, line: place.lineNumber, column: place.columnNumber },
    bound: internal.some(({ name }) => name === "[[TargetFunction]]"),
    scopes: () => (scopes ??= scopesId === undefined ? [] : readScopes(scopesId)),
  };
}

/** A script that has code on the stack. */
export interface RunningScript {
  readonly scriptId: string;
  readonly url: string;
}

/** The scripts whose code is running now, innermost first. They are taken from the stack of something that is thrown for it. */
export function scriptsOnStack(): readonly RunningScript[] {
  const { session } = open();
  try {
    // Without it nothing that is thrown has a stack here.
    session.post("Runtime.enable");
    const { exceptionDetails } = post<{
      exceptionDetails?: { stackTrace?: { callFrames: readonly RunningScript[] } };
    }>(session, "Runtime.evaluate", { expression: "throw 0", silent: true });
    return exceptionDetails?.stackTrace?.callFrames ?? [];
  } finally {
    session.post("Runtime.disable");
  }
}

/** The engine's handle of the function that was looked into last: loops submit the same one again and again. */
let last: { readonly value: Function; readonly handle: string } | undefined;

function handleOf(value: Function): string {
  if (last?.value === value) return last.handle;
  const { session, slot, slotId } = open();
  slot.in = value;
  const handle = call(session, slotId, "function(){return this.in}");
  slot.in = undefined;
  last = { value, handle };
  return handle;
}

/** Releasing costs a call of its own: this many inspections share one. */
const inspectionsPerRelease = 32;
/** Milliseconds for which the engine may hold what was looked into. */
const longestHold = 50;

let unreleased = 0;
let timer: NodeJS.Timeout | undefined;

/** Lets go, soon, of what inspections hold in the engine. To be called when a description is complete. */
export function release(): void {
  if (++unreleased >= inspectionsPerRelease) releaseNow();
  else timer ??= builtin("node:timers")!.setTimeout(releaseNow, longestHold).unref();
}

function releaseNow(): void {
  if (timer !== undefined) builtin("node:timers")!.clearTimeout(timer);
  timer = undefined;
  last = undefined;
  unreleased = 0;
  channel?.session.post("Runtime.releaseObjectGroup", { objectGroup: group });
}

interface RawLocation {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface InternalProperty {
  readonly name: string;
  readonly value: { readonly value?: unknown; readonly objectId?: string };
}

function readScopes(scopesId: string): readonly Scope[] {
  const { session, slot, slotId } = open();
  call(session, slotId, "function(scopes){this.out=scopes}", scopesId);
  const out = slot.out ?? [];
  slot.out = [];
  return Array.from(out, ({ description, object }) => ({
    kind: description.split(" ", 1)[0] ?? "",
    variables: object,
  }));
}

function call(session: Session, objectId: string, functionDeclaration: string, argument?: string): string {
  const { result } = post<{ result: { objectId?: string } }>(session, "Runtime.callFunctionOn", {
    objectId,
    functionDeclaration,
    arguments: argument === undefined ? [] : [{ objectId: argument }],
    objectGroup: group,
  });
  return result.objectId ?? "";
}

function post<T>(session: Session, method: string, parameters: object): T {
  let answer: T | undefined;
  let failure: Error | null = null;
  session.post(method, parameters, (error: Error | null, result?: object) => {
    failure = error;
    answer = result as T | undefined;
  });
  if (failure !== null) throw failure;
  return answer as T;
}

function open(): Channel {
  if (channel !== undefined) return channel;
  const inspector = builtin("node:inspector")!;
  const session = new inspector.Session();
  session.connect();
  const slot: SharedSlot = {};
  // The session sees the main realm; this may be another one (a test runner's). A builtin module is seen by both.
  const shared = inspector as unknown as Record<symbol, unknown>;
  shared[inspected] = slot;
  const { result } = post<{ result: { objectId?: string } }>(session, "Runtime.evaluate", {
    expression: `process.getBuiltinModule("node:inspector")[Symbol.for("${inspected.description}")]`,
  });
  delete shared[inspected];
  channel = { session, slot, slotId: result.objectId ?? "" };
  return channel;
}
