import { reduce } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { noteShared, SharedContent } from "./shared-content.ts";
import { sharedValue } from "./shared-registry.ts";
import { travelsAs } from "./travelling-class.ts";

/** Handles that are collected let go of what they stand for. */
const collected = new FinalizationRegistry((content: SharedContent) => content.dispose());

/** What {@link share} gives: in a worker, it arrives as the value itself. @public a worker finds it by its name */
export class Shared {
  readonly #content: SharedContent;

  constructor(value: unknown) {
    this.#content = new SharedContent(value);
    collected.register(this, this.#content, this);
    Object.defineProperty(this, reduce, { value: (medium: string) => this.#reduce(medium) });
  }

  /** Frees it, when the calls that were submitted with it have ended; later calls are refused. A second time is harmless. */
  [Symbol.dispose](): void {
    collected.unregister(this);
    this.#content.dispose();
  }

  #reduce(medium: string): string {
    if (this.#content.disposed) {
      throw new SerializationError(
        "Cannot send a shared value that was disposed. Share it again, or dispose it after the last submit.",
      );
    }
    if (medium === "network") {
      throw new SerializationError(
        "Cannot send a shared value to another machine: only workers of this machine's pools have it. Send the value itself.",
      );
    }
    noteShared(this.#content, medium === "thread" ? "thread" : "spawn");
    return this.#content.id;
  }

  static {
    travelsAs(Shared, import.meta.url, (id: string) => sharedValue(id));
  }
}

/**
 * Sends a large value to each worker once, however many calls use it: a table, a model, an image. It fits wherever the value
 * fits: as an argument, inside plain objects and arrays, captured by a function, with one pool or several. The worker gets the
 * value itself. Python has no such thing; there an initializer fills a global variable.
 *
 * The value is copied now. What it is made of arrives as it does in arguments; in worker threads, its typed arrays are views of one
 * memory, which all of them see, and so are those of 1 MB and more in processes where `@concurrent-futures/shared-memory` is
 * installed: treat them as read-only. To move a value instead of sharing it, see {@link move}.
 *
 * `using`, or `[Symbol.dispose]()`, frees it in all workers; so does the collector when nobody has it any more. Calls that were submitted
 * before keep it, later ones are refused with a SerializationError. `stats().shared` says what a pool has.
 *
 * @returns a stand-in, typed as the value so that it fits the function's parameter. Only workers of pools can use it.
 *
 * @example
 * ```ts
 * using table = share(new Float64Array(50_000_000));
 * const parts = await pool.map((row: number) => sum(table, row), rows).toArray();
 * ```
 */
export function share<T>(value: T): T & Disposable {
  return new Shared(value) as unknown as T & Disposable;
}
