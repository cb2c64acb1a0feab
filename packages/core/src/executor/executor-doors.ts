import type { Future } from "../future/future.ts";
import type { MapOrder } from "../map/future-source.ts";
import type { Rows } from "../map/iterables.ts";
import type { MapSource } from "../map/map-iterator.ts";
import type { MapOptions } from "../map/options.ts";
import type { AnyFunction } from "./signatures.ts";
import type { CallOptions, TaskOptions } from "./task-options.ts";

/** The protected side of an executor, for what stands in front of it: a view or a group. */
export interface ExecutorDoors {
  submitCall<R>(fn: AnyFunction, args: unknown[], options: CallOptions | undefined): Future<R>;
  mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    own: TaskOptions | undefined,
  ): MapSource<R>;
  checkOpen(): void;
}
