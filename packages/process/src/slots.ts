/**
 * The state of each dispatched call, one 32-bit word, in memory that pool and worker share. A call is claimed by
 * compare-and-swap, by exactly one side: the worker to run it, or the pool to cancel it or to dispatch it to another worker.
 *
 *     FREE -> PENDING -> RUNNING -> DONE -> FREE
 *                |          `-> STOPPING -> DONE
 *                `-> REVOKED -> FREE
 *
 * The pool alone writes PENDING, REVOKED, STOPPING and FREE; the worker alone writes RUNNING and DONE.
 */
export const FREE = 0;
export const PENDING = 1;
export const RUNNING = 2;
export const STOPPING = 3;
export const DONE = 4;
export const REVOKED = 5;

/**
 * Calls that one worker can have: two batches of the largest size, and as much again for batches that wait for
 * their last results. 32 KB a worker. A power of two, so that positions wrap by a mask.
 */
export const slotCount = 8192;
export const slotMask: number = slotCount - 1;
