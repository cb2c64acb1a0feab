import { types } from "node:util";
import { snapshot } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { messageOf } from "@concurrent-futures/core/thrown";
import type { Care } from "../large-arrays.ts";
import { isMoved, movedToProcess } from "../shared-arrays.ts";
import type { Outgoing } from "./outgoing.ts";

/** Arguments in their travelling form, and what moves along. */
export interface PackedArguments {
  readonly args: readonly unknown[];
  readonly transfer: readonly object[] | undefined;
}

/**
 * Packs the arguments of a call, at the call: what cannot be sent is refused where it is given, what is changed later is not
 * seen, and memory that moves has gone.
 *
 * @returns nothing where they go as they are.
 * @throws SerializationError with the path in the argument
 */
export function packArguments(
  args: readonly unknown[],
  given: readonly object[] | undefined,
  medium: "thread" | "spawn",
  outgoing?: Outgoing,
): PackedArguments | undefined {
  // Nothing to do nearly always, and then nothing is allocated: a million calls may be submitted at once.
  if (given === undefined && args.every(isPrimitive)) return undefined;
  const began = outgoing?.begin();
  try {
    return pack(args, given, medium);
  } finally {
    outgoing?.end(began);
  }
}

function pack(
  args: readonly unknown[],
  given: readonly object[] | undefined,
  medium: "thread" | "spawn",
): PackedArguments {
  const taken = inMemoryOfBoth(args, medium, "kept");
  const { packed, moved } = snapshots(taken, medium, given ?? []);
  // A call whose worker has died is sent again, and finds its arrays in the memory that they were put in.
  if (taken !== args) keepFor(packed, taken);
  if (moved.length === 0) return { args: packed, transfer: undefined };
  // Ports, streams and file handles move with the message: on the way they would miss what comes for them.
  if (!moved.every(types.isArrayBuffer)) return { args: packed, transfer: moved };
  const own = takeMemory(packed, moved as readonly ArrayBuffer[]);
  // A message to a process copies what it has: it can be sent again.
  return { args: own.args, transfer: medium === "thread" ? own.moved : undefined };
}

/**
 * As {@link packArguments}, for what each worker gets, or one after the other: memory that moves is taken from here, and copied to
 * each.
 *
 * @param why - "each worker gets the `initargs`"
 * @throws SerializationError for what can be sent only once
 */
export function packRepeatable(
  args: readonly unknown[],
  medium: "thread" | "spawn",
  why: string,
): readonly unknown[] {
  if (args.every(isPrimitive)) return args;
  // Each worker gets arrays of its own: it copies them there, and nothing goes through its pipe.
  const taken = inMemoryOfBoth(args, medium, "copied");
  const { packed, moved } = snapshots(taken, medium, []);
  if (taken !== args) keepFor(packed, taken);
  return moved.length === 0 ? packed : takeRepeatable(packed, moved, why);
}

/** What was packed, with memory that moves taken from here. @throws SerializationError for what can be sent only once */
export function takeRepeatable(
  packed: readonly unknown[],
  moved: readonly object[],
  why: string,
): readonly unknown[] {
  const single = moved.find((one) => !types.isArrayBuffer(one));
  if (single !== undefined)
    throw new SerializationError(
      `A ${single.constructor.name} can be sent once only, and ${why}. Pass it to submit(), or to a Process.`,
    );
  return takeMemory(packed, moved as readonly ArrayBuffer[]).args;
}

function snapshots(
  args: readonly unknown[],
  medium: "thread" | "spawn",
  given: readonly object[],
): { readonly packed: readonly unknown[]; readonly moved: readonly object[] } {
  const moved = [...given];
  const packed = args.map((value, at) =>
    isPrimitive(value) ? value : snapshot(value, moved, medium, `argument ${at + 1}`),
  );
  return { packed, moved };
}

/** Arguments that move to a process, with large arrays in memory that it has as well; the same list where none do. */
function inMemoryOfBoth(
  args: readonly unknown[],
  medium: "thread" | "spawn",
  care: Care,
): readonly unknown[] {
  return medium === "spawn" && args.some(isMoved) ? args.map((arg) => movedToProcess(arg, care)) : args;
}

/** What is packed may be sent at any time while it is there: until then the memory that it names must be. */
export function keepFor(packed: unknown, memory: unknown): void {
  if (typeof packed === "object" && packed !== null) memoryOf.set(packed, memory);
}
const memoryOf = new WeakMap<object, unknown>();

/** The arguments with memory that nobody else has any more. */
function takeMemory(
  args: readonly unknown[],
  moved: readonly ArrayBuffer[],
): { readonly args: readonly unknown[]; readonly moved: readonly ArrayBuffer[] } {
  try {
    return structuredClone({ args, moved }, { transfer: [...moved] });
  } catch (cause) {
    throw new SerializationError(
      `Cannot move an argument: ${messageOf(cause)}. Move memory that has not been moved before.`,
      { cause },
    );
  }
}

/** Whether a value is plain data that cannot be looked into. */
export function isPrimitive(value: unknown): boolean {
  return typeof value === "object"
    ? value === null
    : typeof value !== "function" && typeof value !== "symbol";
}
