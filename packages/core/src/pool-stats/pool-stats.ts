/** What `stats()` of a pool gives. Times are in milliseconds. */
export interface PoolStats {
  /** The pool's number, as in the events that it publishes; unique in the process. */
  readonly pool: number;
  /** Workers that are starting or up; of a `ThreadPoolExecutor`, slots that are at work. */
  readonly workers: number;
  /** Calls that have not begun. */
  readonly pending: number;
  /** Calls whose code runs now. */
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  /** How long calls ran, as measured in the workers, a batch at a time. */
  readonly runTime: Percentiles;
  /** How long submitted calls waited until they were sent to a worker. */
  readonly waitTime: Percentiles;
  /** The values given to `share()` that its calls use; none on a `ThreadPoolExecutor`, which copies nothing. */
  readonly shared: SharedStats;
  /** Values of more than 1 MB that were sent to workers again and again; missing where nothing is copied. */
  readonly sentAgain?: SentAgainStats;
  /** The function that took longest to be described again for each call; missing where each was described once. */
  readonly described?: DescribedStats;
  /** One entry per worker that was there within the window, in the order of their numbers. */
  readonly byWorker: readonly WorkerStats[];
  /** One entry per name of a function that was called within the window. */
  readonly byFunction: readonly FunctionStats[];
}

/** What a pool has of values that are sent to each worker once. */
export interface SharedStats {
  /** How many there are now. */
  readonly values: number;
  /** About how many bytes they take, together, in one worker. */
  readonly bytes: number;
  /** How often one has been sent to a worker since the pool was made. */
  readonly sent: number;
}

/** What was sent again though the receiver had had it, from the tenth time on that the same value was sent. */
export interface SentAgainStats {
  /** How many values. */
  readonly values: number;
  /** How often, all together. */
  readonly times: number;
  /** About how many bytes, all together. */
  readonly bytes: number;
}

/**
 * A function that goes by value with variables of its surroundings: what they are is looked up at each `submit`, and once for a
 * map.
 */
export interface DescribedStats {
  readonly function: string;
  /** How often. */
  readonly times: number;
  /** About how long it took the submitting thread, all together; one in sixteen is measured. */
  readonly milliseconds: number;
}

/** The share of values below each: `p99: 12` says that 99 of 100 took at most about 12 milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** How many values there were, and how large. */
export interface Summary extends Percentiles {
  readonly count: number;
  readonly mean: number;
  readonly max: number;
}

/**
 * What a worker did, in milliseconds. `start`, `init`, `work`, `wait` and `exit` add up to its life, or to the part of it
 * that lies in the window.
 */
export interface WorkerStats {
  readonly workerId: number;
  /** Calls that have ended on it, failed ones included. */
  readonly calls: number;
  readonly failed: number;
  /** From its start until it listened. */
  readonly start: number;
  /** In the initializer. */
  readonly init: number;
  /** In calls, a running one included. */
  readonly work: number;
  /** With nothing to do. */
  readonly wait: number;
  /** From being told to leave until it was gone. */
  readonly exit: number;
  /** Bytes of its heap in use when it last told, memory of array buffers included; for workers that are threads or processes. */
  readonly heap?: number;
  /** There when its heap grows for good: by how many bytes so far, and by how many for each call. */
  readonly heapGrowth?: { readonly bytes: number; readonly perCall: number };
  /** Milliseconds of processor time since its start, where Node can tell: of processes, and of threads from Node 22.19 on. */
  readonly cpu?: number;
}

/** What became of the calls of one function. */
export interface FunctionStats {
  readonly name: string;
  /** Calls that have ended, failed ones included. */
  readonly calls: number;
  readonly failed: number;
  readonly runTime: Summary;
}

/** What `stats` of a pool takes. */
export interface PoolStatsOptions {
  /**
   * Only what happened in the last `window` milliseconds, in `byWorker` and `byFunction`; the other numbers are always those
   * of the whole life. Long windows of busy pools are cut to the newest 20,000 messages of workers.
   * @default the pool's life
   */
  readonly window?: number;
}
