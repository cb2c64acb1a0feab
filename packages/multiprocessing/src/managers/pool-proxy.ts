import type { AsyncResult } from "../pool/async-result.ts";
import type { IMapIterator } from "../pool/imap-iterator.ts";
import type { Pool } from "../pool/pool.ts";
import type { MapAsyncOptions } from "../pool/pool-calls.ts";
import type { ProxyOf } from "./proxy.ts";
import type { RegisteredType } from "./registry.ts";

/** The result of a call that a managed pool carries out. */
export type AsyncResultProxy<R = unknown> = ProxyOf<
  Pick<AsyncResult<R>, "get" | "wait" | "ready" | "successful">
>;

/** The results of a managed pool's `imap`, one by one; `for await` gives them. */
export type IteratorProxy<R = unknown> = ProxyOf<Pick<IMapIterator<R>, "next" | "return">> & AsyncIterable<R>;

/** What of a managed pool's options may travel: callbacks belong to this side. */
type Chunks = Pick<MapAsyncOptions<never>, "chunksize">;

/** The calls of a managed pool. What they give before the results are there are proxies of what stays in the server. */
export interface PoolResults {
  apply<A extends unknown[], R>(fn: (...args: A) => R, args?: A): Promise<Awaited<R>>;
  applySync<A extends unknown[], R>(fn: (...args: A) => R, args?: A): Awaited<R>;
  map<A, R>(fn: (value: A) => R, values: readonly A[], chunksize?: number): Promise<Awaited<R>[]>;
  mapSync<A, R>(fn: (value: A) => R, values: readonly A[], chunksize?: number): Awaited<R>[];
  starmap<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    rows: readonly A[],
    chunksize?: number,
  ): Promise<Awaited<R>[]>;
  starmapSync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    rows: readonly A[],
    chunksize?: number,
  ): Awaited<R>[];
  applyAsync<A extends unknown[], R>(fn: (...args: A) => R, args?: A): Promise<AsyncResultProxy<Awaited<R>>>;
  mapAsync<A, R>(
    fn: (value: A) => R,
    values: readonly A[],
    options?: Chunks,
  ): Promise<AsyncResultProxy<Awaited<R>[]>>;
  starmapAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    rows: readonly A[],
    options?: Chunks,
  ): Promise<AsyncResultProxy<Awaited<R>[]>>;
  imap<A, R>(
    fn: (value: A) => R,
    values: readonly A[],
    chunksize?: number,
  ): Promise<IteratorProxy<Awaited<R>>>;
  imapUnordered<A, R>(
    fn: (value: A) => R,
    values: readonly A[],
    chunksize?: number,
  ): Promise<IteratorProxy<Awaited<R>>>;
}

/** A pool in a manager (Python: `PoolProxy`). */
export type PoolProxy = ProxyOf<Pick<Pool, "close" | "terminate" | "join">> & PoolResults;

/** The methods of a pool that clients may call, and what of their results stays in the server. */
export const poolType: Omit<RegisteredType, "make"> = {
  exposed: [
    "apply",
    "applyAsync",
    "map",
    "mapAsync",
    "starmap",
    "starmapAsync",
    "imap",
    "imapUnordered",
    "close",
    "terminate",
    "join",
  ],
  methodToTypeid: {
    applyAsync: "AsyncResult",
    mapAsync: "AsyncResult",
    starmapAsync: "AsyncResult",
    imap: "Iterator",
    imapUnordered: "Iterator",
  },
};

/** What a pool's methods leave in the server. No client can make one. */
export const resultTypes: ReadonlyMap<string, RegisteredType> = new Map([
  ["AsyncResult", { make: undefined, exposed: ["get", "wait", "ready", "successful"], methodToTypeid: {} }],
  ["Iterator", { make: undefined, exposed: ["next", "return"], methodToTypeid: {} }],
]);
