import { resources as key } from "@concurrent-futures/core/keys";

/** A resource that this worker has made, or is making. */
export interface MadeResource {
  /** Waits until it is made, and disposes it. */
  dispose(): Promise<void>;
}

/** What `resource()` has made in this thread or process. */
interface ResourceRegistry {
  /** The functions that came here by value, by their ids: one for each, however often it comes. */
  readonly byId: Map<string, () => Promise<unknown>>;
  /** In the order in which they were made. */
  readonly made: Set<MadeResource>;
}

/** The resources of this thread or process. */
export function resourceRegistry(): ResourceRegistry {
  const holder = globalThis as { [key]?: ResourceRegistry };
  holder[key] ??= { byId: new Map(), made: new Set() };
  return holder[key];
}
