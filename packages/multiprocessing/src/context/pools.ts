import type { AnyPoolOptions, ContextPoolOptions, PoolOptions } from "../pool/options.ts";
import { Pool } from "../pool/pool.ts";
import type { ThreadPool, ThreadPoolOptions } from "../pool/thread-pool.ts";
import type { StartMethod } from "../start-method.ts";
import { maker } from "./maker.ts";

/** Makes a `Pool`, with `new` and without: how many workers, or options. */
export interface PoolMaker {
  <A extends readonly unknown[] = []>(options?: number | PoolOptions<A>): Pool;
  new <A extends readonly unknown[] = []>(options?: number | PoolOptions<A>): Pool;
  readonly prototype: Pool;
}

/** Makes a `ThreadPool`, with `new` and without: how many calls at a time, or options. */
export interface ThreadPoolMaker {
  <A extends readonly unknown[] = []>(options?: number | ThreadPoolOptions<A>): ThreadPool;
  new <A extends readonly unknown[] = []>(options?: number | ThreadPoolOptions<A>): ThreadPool;
  readonly prototype: ThreadPool;
}

/** The `Pool` of a context. */
export interface ContextPool {
  <A extends readonly unknown[] = []>(options?: number | ContextPoolOptions<A>): Pool;
  new <A extends readonly unknown[] = []>(options?: number | ContextPoolOptions<A>): Pool;
  readonly prototype: Pool;
}

/** Makes the `Pool` of a context. */
export function poolOf(context: StartMethod): ContextPool {
  return maker("Pool", Pool, (options?: number | AnyPoolOptions, ...more: never[]) => {
    const given = typeof options === "object" && options !== null ? options : numbered(options);
    return new Pool({ ...given, context }, ...more);
  });
}

function numbered(processes: number | undefined): AnyPoolOptions {
  return processes === undefined ? {} : { processes };
}
