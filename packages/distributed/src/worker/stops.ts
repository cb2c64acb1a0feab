import type { Redis } from "../redis.ts";
import type { Keys } from "../wire/keys.ts";

/** Listens for calls that are to be stopped by force. */
export class Stops {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys, stop: (job: string, index: number) => void) {
    this.#redis = redis;
    this.#keys = keys;
    redis.on("message", (_channel: string, text: string) => {
      const [job = "", index = ""] = text.split(" ", 2);
      if (/^\d{1,5}$/.test(index)) stop(job, Number(index));
    });
  }

  async start(): Promise<void> {
    await this.#redis.subscribe(this.#keys.stop);
  }

  close(): void {
    this.#redis.disconnect();
  }
}

/** What an executor publishes to have a call stopped. */
export function stopMessage(job: string, index: number): string {
  return `${job} ${index}`;
}
