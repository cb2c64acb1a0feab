import { SpawnKind } from "./spawn-host.ts";
import { ThreadKind } from "./thread-host.ts";
import type { HostKind } from "./worker-host.ts";

/** The kind of worker that a context names. Each pool has a kind of its own. */
export function hostKind(context: "thread" | "spawn"): HostKind {
  return context === "thread" ? new ThreadKind() : new SpawnKind();
}
