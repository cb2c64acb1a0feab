/**
 * Results that a worker writes down where they outlive it: a call that has returned has been heard, whatever the worker does next, and yet
 * no message is sent for each. A call's slot says that its result is there, and up to where it reaches.
 *
 * The log has two halves, for the batches with even and with odd numbers, each written from its beginning. A worker has two batches at
 * most, and gets the next when all that the first has written was read: when it begins a batch, what is in that half is of no use
 * any more. What does not fit goes as a message.
 */

/** Bytes of a half: a thousand results of 256 bytes. */
export const halfLength: number = 256 * 1024;

/** Bytes of one result. To send a larger one costs little more than to write it down. */
export const longestRecord: number = 16 * 1024;

/** Where the half of a batch begins. */
export function startOf(batch: number): number {
  return (batch & 1) * halfLength;
}
