/** Something that `wait(objects)` can wait for: a connection, the sentinel of a process. */
export interface Waitable {
  /** For `wait`: how to ask. */
  readiness(): Readiness;
}

/** How `wait` asks. */
export interface Readiness {
  /** Whether it is ready at this moment. */
  ready(): boolean;
  /** Resolves when it may be ready, or soon after `signal` aborts. It keeps the process alive until then. */
  whenReady(signal: AbortSignal): Promise<void>;
}

/** Whether `wait` can ask it. */
export function isWaitable(value: unknown): value is Waitable {
  return typeof value === "object" && value !== null && typeof (value as Waitable).readiness === "function";
}
