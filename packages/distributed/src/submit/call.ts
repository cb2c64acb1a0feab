import type { ExportName } from "@concurrent-futures/callable/network";
import { type CallOptions, Future, type FutureOwner } from "@concurrent-futures/core";
import type { CarriedByName } from "../wire/carried.ts";
import type { Message } from "../wire/value-writer.ts";
import type { SentJob } from "./sent-job.ts";

/** A function as it travels: described once for all calls that are made of it. */
export interface NamedFunction {
  readonly name: string;
  /** By module and export, or as code. */
  readonly fn: ExportName | Uint8Array;
  /** The same for all calls of one function. */
  readonly key: string;
}

/** How a call may travel: in a job of its own; beside others, each run by itself; as a row of a map, run after others. */
export type Grouping = "alone" | "beside" | "row";

/** One submitted call: the future that its submitter holds. */
export class Call<R> extends Future<R> {
  readonly named: NamedFunction;
  readonly name: string;
  readonly args: Message;
  readonly options: CallOptions | undefined;
  /** When it was submitted, in milliseconds of `performance.now()`. */
  readonly submitted: number = performance.now();
  readonly grouping: Grouping;
  /** How many rows its map wants in a job; undefined where that is measured. */
  readonly chunksize: number | undefined;
  /** What it takes along, beside its arguments. */
  readonly carried: readonly CarriedByName[] | undefined;
  /** The job that it travels in. */
  job: SentJob | undefined;
  /** Its place there. */
  index = 0;

  constructor(
    owner: FutureOwner,
    named: NamedFunction,
    args: Message,
    options: CallOptions | undefined,
    grouping: Grouping,
    chunksize?: number,
    carried?: readonly CarriedByName[],
  ) {
    super(owner);
    this.named = named;
    this.name = options?.name ?? named.name;
    this.args = args;
    this.options = options;
    this.grouping = grouping;
    this.chunksize = chunksize;
    this.carried = carried;
  }

  /** Whether another call may share this one's job. */
  goesWith(other: Call<unknown>): boolean {
    return (
      other.grouping === this.grouping &&
      other.named === this.named &&
      other.options === this.options &&
      other.chunksize === this.chunksize
    );
  }
}
