import type { PoolOptions } from "../pool/options.ts";
import { Pool } from "../pool/pool.ts";
import type { StartMethod } from "../start-method.ts";
import { type Factory, withNew } from "./without-new.ts";

/** The `Pool` of a context: how many workers, or options. */
export type ContextPool = Factory<[options?: number | Omit<PoolOptions, "context">], Pool>;

/** Makes the `Pool` of a context. */
export function poolOf(context: StartMethod): ContextPool {
  const make: ContextPool = withNew(
    (options) =>
      new Pool(
        typeof options === "object" && options !== null
          ? { ...options, context }
          : numbered(options, context),
      ),
  );
  return Object.assign(make, { prototype: Pool.prototype });
}

function numbered(processes: number | undefined, context: StartMethod): PoolOptions {
  return processes === undefined ? { context } : { processes, context };
}
