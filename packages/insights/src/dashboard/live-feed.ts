import type { ServerResponse } from "node:http";
import { pageContent } from "../recorder/page-content.ts";
import type { Recording } from "../recorder/recorder.ts";
import type { Segment } from "../recorder/segments.ts";

/** Bytes that may wait for a slow listener; it gets nothing more until they are gone, and then everything at once. */
const mostWaiting = 4_000_000;

/** The pages that listen, as server-sent events: each gets the whole first, then what is new. */
export class LiveFeed {
  readonly #recording: () => Recording;
  readonly #listeners: Set<ServerResponse> = new Set();
  // Those that have everything up to the segment that was sent last.
  readonly #current: Set<ServerResponse> = new Set();
  #last: Segment | undefined;

  constructor(recording: () => Recording) {
    this.#recording = recording;
  }

  add(response: ServerResponse): void {
    this.#listeners.add(response);
    response.on("close", () => {
      this.#listeners.delete(response);
      this.#current.delete(response);
    });
    // A page that has gone away is not an error of the program.
    response.on("error", () => {});
    this.send();
  }

  /** Sends what is new to all. Nothing is made while nobody listens. */
  send(): void {
    if (this.#listeners.size === 0) return;
    const recording = this.#recording();
    const { segments } = recording;
    const known = this.#last === undefined ? -1 : segments.lastIndexOf(this.#last);
    // The one that was sent last has been merged into others: nobody knows any longer what is new.
    if (known < 0) this.#current.clear();
    this.#last = segments.at(-1);
    const newer = this.#current.size === 0 ? "" : message(recording, segments.slice(known + 1), false);
    let whole = "";
    for (const listener of this.#listeners) {
      if (listener.writableLength > mostWaiting) {
        this.#current.delete(listener);
        continue;
      }
      if (this.#current.has(listener)) listener.write(newer);
      else {
        whole ||= message(recording, segments, true);
        listener.write(whole);
        this.#current.add(listener);
      }
    }
  }

  /** Tells all that nothing more will come. */
  end(): void {
    for (const listener of this.#listeners) listener.end();
  }
}

function message(recording: Recording, segments: readonly Segment[], fresh: boolean): string {
  const { began, ended } = recording;
  return `data: ${JSON.stringify({ content: pageContent(recording), began, ended, fresh, segments })}\n\n`;
}
