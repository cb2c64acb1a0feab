import type { Process } from "./process.ts";

/** The children of this thread or process that have not ended. */
const alive = new Set<Process>();
let watching = false;

/** Counts a child that was started. */
export function addChild(child: Process): void {
  alive.add(child);
  if (watching) return;
  watching = true;
  // A daemon would notice by itself; sooner is tidier.
  process.on("exit", () => {
    for (const one of alive) if (one.daemon) one.terminate();
  });
}

/** Counts it no more. */
export function removeChild(child: Process): void {
  alive.delete(child);
}

/** The live processes that this thread or process has started (Python: `active_children`). Workers of pools are not among them. */
export function activeChildren(): Process[] {
  return [...alive];
}
