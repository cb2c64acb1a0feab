/**
 * The state of each dispatched call, one 32-bit word, in memory that pool and worker share; for processes, `claim-file.ts` stands
 * for it. A call is claimed by
 * compare-and-swap, by exactly one side: the worker to run it, or the pool to cancel it or to dispatch it to another worker.
 *
 *     FREE -> PENDING -> RUNNING -> SENDING -> SENT -> FREE
 *                |          | `-> STOPPING -> SENDING
 *                |          `-> RETURNED_... -> FREE
 *                `-> REVOKED -> FREE
 *
 * The pool alone writes PENDING, REVOKED, STOPPING and FREE; the worker alone writes the others. What is beyond RUNNING has
 * run, and is never run again.
 */
/** FREE is 0: what memory is at first. */
export const PENDING = 1;
export const RUNNING = 2;
export const STOPPING = 3;
/** The code has ended, its result is being serialized and sent: a worker that dies now takes the result along. */
export const SENDING = 4;
/** The result is in a message that has left the worker. */
export const SENT = 5;
export const REVOKED = 6;

/** The code has returned, and the result can be read here, whatever becomes of the worker: see {@link returnedValue}. */
export const RETURNED_NUMBER = 7;
const RETURNED_UNDEFINED = 8;
const RETURNED_NULL = 9;
const RETURNED_FALSE = 10;
const RETURNED_TRUE = 11;

/** A worker process has left the call to the pool, which had asked for it; in its own slots and its file only (`claim-file.ts`). */
export const SKIPPED = 12;

/** The code has returned, and its result is written down up to the byte that the number says (`results/log-layout.ts`). */
export const RETURNED_LOGGED = 13;
/** The code of a worker process has returned, and its result is written down beside its state, in as many bytes as the number says. */
export const RETURNED_BESIDE = 14;

/** Whether a worker may say this of a call that has begun. */
export function isWorkersState(state: number): boolean {
  return (
    state === RUNNING ||
    (state >= SENDING && state <= RETURNED_BESIDE && state !== REVOKED && state !== SKIPPED)
  );
}

/** Whether a result is written down (`results/log-layout.ts`). */
export function isWritten(state: number): boolean {
  return state === RETURNED_LOGGED || state === RETURNED_BESIDE;
}

/** What a call returned in another RETURNED state; a number lies beside the state. */
export function returnedValue(state: number, number: number): unknown {
  switch (state) {
    case RETURNED_NUMBER:
      return number;
    case RETURNED_NULL:
      return null;
    case RETURNED_FALSE:
      return false;
    case RETURNED_TRUE:
      return true;
    default:
      return undefined;
  }
}

/** The state that says this result; undefined for one that has to be sent. */
export function returnedState(value: unknown): number | undefined {
  switch (typeof value) {
    case "number":
      return RETURNED_NUMBER;
    case "undefined":
      return RETURNED_UNDEFINED;
    case "boolean":
      return value ? RETURNED_TRUE : RETURNED_FALSE;
    default:
      return value === null ? RETURNED_NULL : undefined;
  }
}

/**
 * Calls that one worker can have: two batches of the largest size, and as much again for batches that wait for
 * their last results. 96 KB a worker. A power of two, so that positions wrap by a mask.
 */
export const slotCount = 8192;
export const slotMask: number = slotCount - 1;

/**
 * Refuses a batch with more calls than there are slots, before anything is kept for each of them: V8 ends the whole program, and not
 * only the thread, where an array grows beyond a hundred million items.
 *
 * @throws RangeError
 */
export function checkCount(count: number): void {
  if (!(count <= slotCount)) throw new RangeError(`A batch has at most ${slotCount} calls, got ${count}`);
}

/** The slots of a worker: a state for each call, and the number that it has returned. */
export interface Slots {
  readonly states: Int32Array;
  readonly numbers: Float64Array;
}

/** Slots for one worker, in memory that threads can share. */
export function makeSlots(): Slots {
  return {
    states: new Int32Array(new SharedArrayBuffer(slotCount * Int32Array.BYTES_PER_ELEMENT)),
    numbers: new Float64Array(new SharedArrayBuffer(slotCount * Float64Array.BYTES_PER_ELEMENT)),
  };
}
