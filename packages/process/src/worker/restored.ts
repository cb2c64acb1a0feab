import type { CarriedCall } from "../wire.ts";
import type { FunctionTable } from "./function-table.ts";

type Restore = (value: string, run: () => unknown) => unknown;

/** Runs a call within what it takes along: the first is outermost. Late, where a module must be imported first. */
export function restored(along: CarriedCall, functions: FunctionTable, run: () => unknown): unknown {
  const [first, ...rest] = along;
  if (first === undefined) return run();
  const [number, value] = first;
  const restore = functions.get(number);
  const inner = (): unknown => restored(rest, functions, run);
  if (typeof restore === "function") return (restore as unknown as Restore)(value, inner);
  return restore.then((loaded) => (loaded as unknown as Restore)(value, inner));
}
