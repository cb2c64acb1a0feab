import { RuntimeError } from "@concurrent-futures/core";
import type { Membership } from "../presence/membership.ts";
import type { Redis } from "../redis.ts";
import { checkServer } from "../server-check.ts";

/** An executor's entry into its queue, made with its first call. */
export class Entry {
  readonly #redis: Redis;
  readonly #membership: Membership;
  readonly #refuse: (error: () => Error) => void;
  #isMade = false;
  #unfit: (() => Error) | undefined;

  /** @param refuse - the server is not fit for this: all calls fail with an error of their own. */
  constructor(redis: Redis, membership: Membership, refuse: (error: () => Error) => void) {
    this.#redis = redis;
    this.#membership = membership;
    this.#refuse = refuse;
  }

  get isMade(): boolean {
    return this.#isMade;
  }

  /** Makes it, once. @returns why a call cannot be sent, if that is known */
  make(): (() => Error) | undefined {
    if (!this.#isMade) {
      this.#isMade = true;
      checkServer(this.#redis).catch((error: Error) => {
        this.#unfit = () => new RuntimeError(error.message);
        this.#refuse(this.#unfit);
      });
      this.#membership.enter().catch(() => {});
    }
    return this.#unfit;
  }
}
