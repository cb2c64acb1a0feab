import type { FromWorker } from "../wire.ts";

/** The worker's end of the line to its pool. */
export interface Transport {
  readonly workerId: number;
  readonly slots: Int32Array;
  readonly sharesMemory: boolean;
  /** Claims the call that begins, or -1 for none, where memory is not shared. */
  claim?(batchId: number, index: number): void;
  /** Throws what structured clone throws. */
  send(message: FromWorker, transfer: readonly object[]): void;
}
