import type { ExportName } from "@concurrent-futures/callable/network";
import { type CallOptions, Future, type FutureOwner } from "@concurrent-futures/core";
import type { Message } from "../wire/values.ts";
import type { SentJob } from "./sent-job.ts";

/** One submitted call: the future that its submitter holds. */
export class Call<R> extends Future<R> {
  /** The function by name, or as code. */
  readonly fn: ExportName | Uint8Array;
  readonly name: string;
  readonly args: Message;
  readonly options: CallOptions | undefined;
  /** When it was submitted, in milliseconds of `performance.now()`. */
  readonly submitted: number = performance.now();
  /** The job that it travels in. */
  job: SentJob | undefined;
  /** Its place there. */
  index = 0;

  constructor(
    owner: FutureOwner,
    fn: ExportName | Uint8Array,
    name: string,
    args: Message,
    options: CallOptions | undefined,
  ) {
    super(owner);
    this.fn = fn;
    this.name = name;
    this.args = args;
    this.options = options;
  }
}
