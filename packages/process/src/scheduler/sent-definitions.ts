import type { WorkerHost } from "../host/worker-host.ts";
import type { SharedContent } from "../shared-content.ts";
import type { RunExtras } from "../wire.ts";
import type { FunctionEntry } from "./function-entry.ts";

/** What one worker has been told once and for all: the functions and shared values that calls name by number. */
export class SentDefinitions {
  readonly #functions: Set<number> = new Set();
  readonly #shared: Set<SharedContent> = new Set();
  #forget: number[] = [];

  /** Functions of a batch that the worker does not know. */
  missing(functions: Iterable<FunctionEntry>): RunExtras["define"] {
    const define: (readonly [number, FunctionEntry["ref"]])[] = [];
    for (const { number, ref } of functions) if (!this.#functions.has(number)) define.push([number, ref]);
    return define;
  }

  /** Functions that will not be called again, to be said with the next message. */
  get forgotten(): readonly number[] {
    return this.#forget;
  }

  /** The worker has been told what is missing and forgotten. */
  told(define: RunExtras["define"]): void {
    for (const [number] of define) this.#functions.add(number);
    if (this.#forget.length > 0) this.#forget = [];
  }

  /** A function that will not be called again. */
  forget({ number }: FunctionEntry): void {
    if (this.#functions.delete(number)) this.#forget.push(number);
  }

  /** Sends a shared value; false when it is there already. Throws what structured clone throws. */
  share(host: WorkerHost, content: SharedContent, medium: "thread" | "spawn"): boolean {
    if (this.#shared.has(content)) return false;
    host.post({ kind: "share", id: content.id, value: content.packed(medium) });
    this.#shared.add(content);
    return true;
  }

  /** Whether there is a shared value to be freed. */
  unshare(content: SharedContent): boolean {
    return this.#shared.delete(content);
  }
}
