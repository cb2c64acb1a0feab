/** The keys of one queue. All begin with BullMQ's prefix, a hash tag: in a cluster they lie together. */
export interface Keys {
  readonly prefix: string;
  /** The stream of replies to one executor. */
  reply(client: string): string;
  /** Arguments of one job that are too large to lie in it. */
  payload(job: string): string;
  /** Is there when a job is to run although its executor may be gone. */
  detached(job: string): string;
  /** Is there while the executor is. */
  lease(client: string): string;
  /** What a worker says of itself, as long as it lives. */
  worker(id: string): string;
  /** Executors and workers of the queue, by the time until which they are believed to live. */
  readonly members: string;
  /** The channel on which workers are told which calls to stop. */
  readonly stop: string;
  /** What BullMQ keeps for the queue as a whole. */
  readonly housekeeping: readonly string[];
  /** Where BullMQ has jobs that are not done. */
  readonly unfinished: readonly string[];
}

/** Milliseconds for which a stream of replies outlives the last of them. */
export const replyLife = 3_600_000;

/** Milliseconds for which a detached call may wait for its turn. */
export const detachedLife: number = 24 * 3_600_000;

/** The keys of the queue with this name. Ours have one part more than BullMQ's, so none can be a job's. */
export function keysOf(queue: string): Keys {
  const prefix = `{cf:${queue}}`;
  const base = `${prefix}:${queue}`;
  return {
    prefix,
    reply: (client) => `${base}:reply:${client}`,
    payload: (job) => `${base}:payload:${job}`,
    detached: (job) => `${base}:detached:${job}`,
    lease: (client) => `${base}:lease:${client}`,
    worker: (id) => `${base}:worker:${id}`,
    members: `${base}:members:all`,
    stop: `${base}:stop:all`,
    housekeeping: ["meta", "events", "id", "pc", "marker", "stalled-check"].map((name) => `${base}:${name}`),
    unfinished: ["wait", "prioritized", "active", "delayed", "paused", "waiting-children", "failed"].map(
      (name) => `${base}:${name}`,
    ),
  };
}
