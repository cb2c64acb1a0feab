import type { ClaimReader } from "../claim-file.ts";
import type { ResultLog } from "../results/written-results.ts";
import type { Slots } from "../slots.ts";
import type { ToWorker } from "../wire.ts";
import type { CheckedMessage } from "./check-message.ts";

/** How a worker ended. */
export interface HostDeath {
  readonly exitCode: number | null;
  /** The signal that ended a process; always null for threads. */
  readonly signal: string | null;
  /** The uncaught error that ended it, where it is known. */
  readonly error?: unknown;
  /** A thread that could not be ended, and is given up. */
  readonly stuck?: boolean;
  /** What it sent could not be believed, nor what it says of its calls. */
  readonly failed?: boolean;
  /** What it wrote to its standard error last, where that was kept. */
  readonly stderr?: string;
}

/** What a host tells its pool. */
export interface HostEvents {
  message(message: CheckedMessage): void;
  /** Once, after the last message. */
  exit(death: HostDeath): void;
}

/** What a worker is started with. */
export interface HostOptions {
  /** The worker's number in its pool, from 1. */
  readonly workerId: number;
  readonly resourceLimits?: ResourceLimits | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly execArgv?: readonly string[] | undefined;
  /** Whether to keep the end of what a process writes to its standard error. It has no terminal then. */
  readonly keepStderr?: boolean;
  /** Whether what it prints comes here: a process gets pipes. */
  readonly captureOutput?: boolean;
}

/** Limits of a worker's heap, in megabytes: those of `node:worker_threads`. */
export interface ResourceLimits {
  readonly maxYoungGenerationSizeMb?: number;
  readonly maxOldGenerationSizeMb?: number;
  readonly codeRangeSizeMb?: number;
  readonly stackSizeMb?: number;
}

/** One worker's life: it begins when the host is made, and ends once. Hosts know nothing of tasks and queues. */
export interface WorkerHost {
  /** The state of the dispatched calls; see `slots.ts`. */
  readonly slots: Slots;
  /** What the worker writes of its calls, where it does not see the slots itself. */
  readonly claims: ClaimReader | undefined;
  /** The results that the worker has written down. */
  readonly results: ResultLog;
  /** The worker's process: our own for a thread. `undefined` until it is known. */
  readonly pid: number | undefined;
  /** The thread's id; 0 for a process. */
  readonly threadId: number;
  /** Sends at once, in order, also to a worker that is still starting. Throws what structured clone throws. */
  post(message: ToWorker, transfer?: readonly object[]): void;
  /** A message that has arrived, taken without the event loop. */
  receiveSync(): CheckedMessage | undefined;
  /**
   * How it ended, when that can be known without the event loop. Ask before the last `receiveSync`: what it sent, it sent
   * before it ended. Its `exit` event comes as well. Some deaths show only to who looks closer, which takes longer.
   */
  deathSync(lookCloser: boolean): HostDeath | undefined;
  /** Whether this worker keeps the parent's event loop alive. A new one does not. */
  ref(): void;
  unref(): void;
  /** Ends it: a thread at its next JavaScript instruction, or it is given up after a second; a process by SIGTERM. */
  terminate(): void;
  /** Ends it, whatever it does: a process by SIGKILL. */
  kill(): void;
  /** What it has sent cannot be right: nothing more is taken from it, it is ended, and this is why. */
  fail(error: unknown): void;
}

/** A kind of worker. */
export interface HostKind {
  readonly name: "thread" | "spawn";
  /**
   * Whether the worker sees `slots` itself and claims calls there. Where it does not, it claims them in a file.
   */
  readonly sharesMemory: boolean;
  start(options: HostOptions, events: HostEvents): WorkerHost;
  /** Blocks this thread until one of the hosts may have a message or have died, or the milliseconds are over. */
  waitSync(hosts: readonly WorkerHost[], milliseconds: number): void;
}
