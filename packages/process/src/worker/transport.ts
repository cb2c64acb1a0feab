import type { ResultWriter } from "../results/result-writer.ts";
import type { Slots } from "../slots.ts";
import type { FromWorker, ToWorker } from "../wire.ts";

/** The worker's end of the line to its pool. */
export interface Transport {
  readonly workerId: number;
  readonly slots: Slots;
  readonly sharesMemory: boolean;
  /** Where results are written down that outlive this worker. */
  readonly results: ResultWriter;
  /** Where memory is not shared: claims a call. False when it is to be skipped, and the pool is to hear of that. */
  claim?(base: number, index: number): boolean;
  /** Where memory is not shared: writes down the state of a call. */
  note?(base: number, index: number): void;
  /** Blocks until a message has come, and takes it; undefined when none has come within this many milliseconds. */
  receiveSync(milliseconds: number): ToWorker | undefined;
  /** Throws what structured clone throws. */
  send(message: FromWorker, transfer: readonly object[]): void;
}
