import type { Redis } from "../redis.ts";
import type { Keys } from "../wire/keys.ts";

/** Milliseconds for which an answer holds: jobs of one executor come in crowds. */
const fresh = 1_000;
/** Answers that are kept at most. */
const mostKept = 1_000;

/** Whether the executors of jobs are still there to take their results. */
export class Leases {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #seen: Map<string, { readonly at: number; readonly there: Promise<boolean> }> = new Map();

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Whether a job is to run all the same: somebody will ask for its outcome. */
  async isDetached(job: string): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.detached(job))) === 1;
  }

  has(client: string): Promise<boolean> {
    const known = this.#seen.get(client);
    const now = performance.now();
    if (known !== undefined && now - known.at < fresh) return known.there;
    const there = this.#redis.exists(this.#keys.lease(client)).then((count) => count === 1);
    if (this.#seen.size >= mostKept) this.#seen.clear();
    this.#seen.set(client, { at: now, there });
    // Only a good answer is kept: an executor that was taken for gone renews its lease at once.
    there.then((found) => found || this.#seen.delete(client)).catch(() => this.#seen.delete(client));
    return there;
  }
}
