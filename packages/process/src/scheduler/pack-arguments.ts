import { pack } from "@concurrent-futures/callable";

/** Arguments in their travelling form, and what moves along. */
export interface PackedArguments {
  readonly args: readonly unknown[];
  readonly transfer: readonly object[] | undefined;
}

/**
 * Packs the arguments of a call, at the call: what cannot travel is refused where it is given.
 *
 * @returns nothing where they go as they are.
 * @throws SerializationError with the path in the argument
 */
export function packArguments(
  args: readonly unknown[],
  given: readonly object[] | undefined,
  medium: "thread" | "spawn",
): PackedArguments | undefined {
  // Nothing to do nearly always, and then nothing is allocated: a million calls may be submitted at once.
  if (given === undefined && args.every(isPrimitive)) return undefined;
  let packed: unknown[] | undefined;
  const moved: object[] = given === undefined ? [] : [...given];
  for (let at = 0; at < args.length; at++) {
    const value = args[at];
    if (isPrimitive(value)) continue;
    const travelling = pack(value, moved, medium, `argument ${at + 1}`);
    if (travelling === value) continue;
    packed ??= [...args];
    packed[at] = travelling;
  }
  return { args: packed ?? args, transfer: moved.length > 0 ? moved : undefined };
}

/** Whether a value is plain data that cannot be looked into. */
export function isPrimitive(value: unknown): boolean {
  return typeof value === "object"
    ? value === null
    : typeof value !== "function" && typeof value !== "symbol";
}
