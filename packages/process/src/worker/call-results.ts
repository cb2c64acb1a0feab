import { pack, packError } from "@concurrent-futures/callable/load";
import { movedToProcess } from "../shared-arrays.ts";
import { RETURNED_NUMBER, returnedState, SENDING, SENT } from "../slots.ts";
import type { RunningBatch } from "./running-batch.ts";
import type { Transport } from "./transport.ts";

// As it is when the worker starts: a task may replace it.
const { store } = Atomics;

/** Where the outcome of a call in its batch goes: into its slot, and into the buffer of its batch's results. */
export class CallResults {
  readonly #transport: Transport;
  readonly #states: Int32Array;
  readonly #numbers: Float64Array;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#states = transport.slots.states;
    this.#numbers = transport.slots.numbers;
  }

  returned(batch: RunningBatch, index: number, value: unknown): void {
    const slot = batch.slotOf(index);
    if (typeof value === "number") {
      this.#numbers[slot] = value;
      store(this.#states, slot, RETURNED_NUMBER);
      batch.results?.add(value);
      return;
    }
    const state = returnedState(value);
    if (state !== undefined) {
      store(this.#states, slot, state);
      batch.results?.add(value);
      return;
    }
    store(this.#states, slot, SENDING);
    // The last one goes with the end of the batch.
    const written =
      batch.at === batch.count ? undefined : this.#transport.results.write(batch.id, slot, value);
    if (written !== undefined) {
      store(this.#states, slot, written);
      batch.results?.addWritten();
      return;
    }
    this.#transport.note?.(batch.base, index);
    const transfer: object[] = [];
    let packed: unknown;
    try {
      const { sharesMemory } = this.#transport;
      const given = sharesMemory ? value : movedToProcess(value, "passed on");
      packed = pack(given, transfer, sharesMemory ? "thread" : "spawn", "the result");
    } catch (error) {
      this.threw(batch, index, error);
      return;
    }
    batch.results?.addPacked(packed, transfer);
    this.#sent(batch, slot);
  }

  threw(batch: RunningBatch, index: number, error: unknown): void {
    const slot = batch.slotOf(index);
    this.#sending(batch, index, slot);
    batch.results?.addFailure(index, packError(error));
    this.#sent(batch, slot);
  }

  #sending(batch: RunningBatch, index: number, slot: number): void {
    store(this.#states, slot, SENDING);
    this.#transport.note?.(batch.base, index);
  }

  /** A result that is nowhere but here leaves now; that of a batch's last call goes with the end of the batch. */
  #sent(batch: RunningBatch, slot: number): void {
    if (batch.at === batch.count) return;
    batch.results?.send(false);
    store(this.#states, slot, SENT);
  }
}
