import type { SentAgainStats } from "@concurrent-futures/core/pool-stats";
import { channels } from "../diagnostics.ts";
import { noteSent } from "../repeated-sends.ts";

/** What a pool sends: how long this thread packs, and which large values it sends again and again. */
export class Outgoing {
  #packing = 0;
  #values = 0;
  #times = 0;
  #bytes = 0;

  /** A value goes to a worker. */
  sent(value: unknown): void {
    const again = noteSent(value);
    if (again === undefined) return;
    if (again.first) this.#values++;
    this.#times++;
    this.#bytes += again.bytes;
  }

  get sentAgain(): SentAgainStats {
    return { values: this.#values, times: this.#times, bytes: this.#bytes };
  }

  /** When packing begins; undefined while nobody wants to know. */
  begin(): number | undefined {
    return channels.batchResults.hasSubscribers ? performance.now() : undefined;
  }

  end(began: number | undefined): void {
    if (began !== undefined) this.#packing += performance.now() - began;
  }

  /** Milliseconds that went into packing since this was asked last. */
  takePacking(): number {
    const packing = this.#packing;
    this.#packing = 0;
    return packing;
  }
}
