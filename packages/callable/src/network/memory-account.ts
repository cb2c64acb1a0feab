import { malformed } from "./malformed.ts";

/**
 * Bytes that an empty value takes in memory, about. An empty Map comes in two bytes: without an account a message of
 * 100 MB would claim ten gigabytes.
 */
export const costs = {
  item: 8,
  entry: 32,
  array: 32,
  object: 64,
  map: 256,
  set: 256,
  date: 96,
  regexp: 256,
  url: 1_024,
  view: 192,
  error: 512,
  instance: 256,
};

/** What any message may claim, how much more for each of its bytes (real data takes less than eight), and at most. */
const freeCost = 64 * 2 ** 20;
const costPerByte = 8;
const highestCost = 2 ** 30;

/** Keeps a message from claiming more memory than its length is good for. */
export class MemoryAccount {
  #credit: number;

  constructor(messageBytes: number) {
    this.#credit = Math.min(freeCost + costPerByte * messageBytes, highestCost);
  }

  /** @throws SerializationError when the message has claimed too much */
  charge(cost: number): void {
    this.#credit -= cost;
    if (this.#credit < 0) throw malformed("it would take too much memory for its length");
  }
}
