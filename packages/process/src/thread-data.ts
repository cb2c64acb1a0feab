/** What the two ends of a worker thread share besides messages. */
export interface ThreadData {
  readonly slots: Int32Array;
  /** Counted up, and its waiters woken, whenever any worker of the pool has sent something. */
  readonly bell: Int32Array;
  /** First word: 0 starting, 1 the entry listens for its port, 2 leaving. Second: the exit code. Third: the gate below. */
  readonly phase: Int32Array;
  readonly workerId: number;
}

export const phaseListening = 1;
export const phaseLeaving = 2;

/**
 * A thread that is terminated while `require` puts ES modules together takes the whole process along (Node 20), so the
 * two exclude each other: whoever turns `gateOpen` into its own value goes first. A thread that comes second waits for
 * its end.
 */
export const gateOpen = 0;
export const gateLoading = 1;
export const gateEnding = 2;
export const gateWord = 2;
