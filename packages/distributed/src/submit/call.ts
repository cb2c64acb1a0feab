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
  /** The same for calls of one function. */
  readonly fnKey: string;
  /** Travels in a job of its own. */
  readonly alone: boolean;
  /** Its arguments are rows of a map. */
  readonly isChunk: boolean;
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
    alone: boolean,
    isChunk = false,
  ) {
    super(owner);
    this.isChunk = isChunk;
    this.alone = alone || isChunk || fn instanceof Uint8Array;
    this.fnKey = fn instanceof Uint8Array ? "" : `${name}\0${fn.module}\0${fn.path.join("\0")}`;
    this.fn = fn;
    this.name = name;
    this.args = args;
    this.options = options;
  }
}
