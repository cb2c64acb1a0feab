import { byteSize } from "../byte-size.ts";
import { epochNow } from "../diagnostics.ts";
import type { Results } from "../host/check-message.ts";
import type { Batch } from "./batch.ts";
import type { DispatchedBatch } from "./dispatched-batch.ts";

/** What sending one message of a worker cost, as events report it. */
export interface Transfer {
  readonly pack: number;
  readonly unpack: number;
  readonly bytes: number;
}

/** Functions whose calls are measured by themselves, and the bytes of a call at which measuring it ends. */
const mostFunctions = 1_000;
const largestMeasured = 64_000_000;

/** Below this many bytes a message, the way is the time of waking up, not of reading. */
const worthReading = 64_000;

/** About how many bytes a call of some function takes. */
interface CallSize {
  seen: number;
  arguments: number;
  result: number;
}

/**
 * Measures what it costs to send calls and results, while somebody listens. How large a call is is looked at for the first message of a
 * function, the second, the fourth and so on: to look costs as much as to send.
 */
export class TransferMeter {
  readonly #sent: WeakMap<DispatchedBatch, { readonly pack: number; readonly at: number }> = new WeakMap();
  readonly #sizes: Map<string, CallSize> = new Map();
  // When each worker was ready for more, by the clock of epochs.
  readonly #readyAt: Map<number, number> = new Map();

  /** It took this thread this many milliseconds to write a batch. */
  sent(dispatched: DispatchedBatch, pack: number): void {
    this.#sent.set(dispatched, { pack, at: epochNow() });
  }

  ready(workerId: number): void {
    this.#readyAt.set(workerId, epochNow());
  }

  gone(workerId: number): void {
    this.#readyAt.delete(workerId);
  }

  /** Some results of a batch have come; the first of a batch tell of its arguments. Undefined when its sending was not seen. */
  received(workerId: number, dispatched: DispatchedBatch, message: Results): Transfer | undefined {
    const sent = this.#sent.get(dispatched);
    if (sent === undefined) return undefined;
    const { from, values, microseconds, at = epochNow() } = message;
    const size = this.#sizeOf(dispatched.batch, from, values[0]);
    const argumentBytes = from === 0 ? size.arguments * dispatched.batch.count : 0;
    const resultBytes = size.result * values.length;
    const began = at - microseconds / 1000;
    const waited = began - Math.max(sent.at, this.#readyAt.get(workerId) ?? 0);
    this.#readyAt.set(workerId, at);
    return {
      pack: from === 0 ? sent.pack : 0,
      unpack:
        (argumentBytes < worthReading ? 0 : Math.max(0, waited)) +
        (resultBytes < worthReading ? 0 : Math.max(0, epochNow() - at)),
      bytes: argumentBytes + resultBytes,
    };
  }

  #sizeOf(batch: Batch, index: number, result: unknown): CallSize {
    const name = batch.entry?.name ?? "";
    let size = this.#sizes.get(name);
    if (size === undefined) {
      size = { seen: 0, arguments: 0, result: 0 };
      if (this.#sizes.size < mostFunctions) this.#sizes.set(name, size);
    }
    if ((size.seen & (size.seen + 1)) === 0) {
      size.arguments = byteSize(batch.argumentsOf(index), largestMeasured);
      size.result = byteSize(result, largestMeasured);
    }
    size.seen++;
    return size;
  }
}
