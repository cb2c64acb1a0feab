import type { BatchResultsEvent, MapEndEvent } from "@concurrent-futures/core/channels";

/** What sending calls and results has cost, as far as it could be measured. Times are milliseconds. */
export interface TransferStats {
  /** In which the main thread packed and wrote arguments. */
  readonly pack: number;
  /** In which large arguments and results were sent and read. */
  readonly unpack: number;
  /** About how many bytes were sent, both ways. */
  readonly bytes: number;
  /** The function whose calls take the most bytes each, arguments and result together. */
  readonly largest: { readonly function: string; readonly bytes: number } | undefined;
}

/** Adds up what events say of sending. */
export class Transfers {
  #pack = 0;
  #unpack = 0;
  #bytes = 0;
  #largest: TransferStats["largest"];

  add({ pack = 0, unpack = 0, bytes = 0, count, function: name }: BatchResultsEvent): void {
    this.#pack += pack;
    this.#unpack += unpack;
    this.#bytes += bytes;
    const each = count === 0 ? 0 : bytes / count;
    if (each > (this.#largest?.bytes ?? 0)) this.#largest = { function: name, bytes: each };
  }

  get stats(): TransferStats {
    return { pack: this.#pack, unpack: this.#unpack, bytes: this.#bytes, largest: this.#largest };
  }
}

/** The map whose reader was furthest behind when its calls had ended. */
export interface UnreadStats {
  readonly function: string;
  /** Results that waited, of how many. */
  readonly count: number;
  readonly of: number;
  /** About how many bytes they took. */
  readonly bytes: number;
}

/** Milliseconds that a reader has had at least, before he counts as slow. */
const timeToRead = 200;

/** Looks for the map with the most unread results. */
export class UnreadResults {
  #most: UnreadStats | undefined;

  add({ unread, done, failed, function: name }: MapEndEvent): void {
    if (unread === undefined || unread.since < timeToRead) return;
    const { count, bytes } = unread;
    if (this.#most !== undefined && bytes <= this.#most.bytes) return;
    this.#most = { function: name, count, of: done + failed, bytes };
  }

  get stats(): UnreadStats | undefined {
    return this.#most;
  }
}
