import { describe, inspectedSource } from "@concurrent-futures/callable";
import type { ExportName } from "@concurrent-futures/callable/network";
import {
  type AnyFunction,
  type CallOptions,
  type CancelOptions,
  checkShutdownOptions,
  Executor,
  type Future,
  type FutureOwner,
  type MapOptions,
  type MapOrder,
  type MapSource,
  PayloadTooLargeError,
  type Rows,
  RuntimeError,
  SerializationError,
  type ShutdownOptions,
  type TaskOptions,
} from "@concurrent-futures/core";
import {
  checkPoolStatsOptions,
  type PoolStats,
  type PoolStatsOptions,
} from "@concurrent-futures/core/pool-stats";
import type { WorkerInfo } from "../presence/worker-info.ts";
import { encodeCode } from "../wire/code.ts";
import type { RowOutcomes } from "../wire/row-outcomes.ts";
import { encodeValue } from "../wire/values.ts";
import { Call } from "./call.ts";
import { Chunk, ChunkCounts, ChunkedSource, chunked } from "./chunked-map.ts";
import { Link } from "./link.ts";
import {
  type CheckedDistributedOptions,
  checkDistributedOptions,
  type DistributedOptions,
} from "./options.ts";

/**
 * Runs calls on workers on this machine and others, which take them from a queue in Redis. The rest of a program stays as
 * it is with a `ProcessPoolExecutor`. (Python's library has no such thing; dask and celery come near.)
 *
 * Functions go by module and export: each side has the modules, below a root folder of its own. What is submitted runs at
 * least once: when a worker dies, its calls run again elsewhere.
 *
 * @example
 * ```ts
 * import { DistributedExecutor } from "@concurrent-futures/distributed";
 * import { fib } from "./tasks.js";
 *
 * await using executor = new DistributedExecutor({ redis: "redis://localhost", queue: "numbers" });
 * for await (const number of executor.map(fib, [10, 20, 30])) console.log(number);
 * ```
 */
export class DistributedExecutor extends Executor {
  readonly #options: CheckedDistributedOptions;
  readonly #link: Link;
  #closed: Promise<void> | undefined;
  readonly #owner: FutureOwner = {
    cancel: (future, options) => this.#cancel(future as Call<unknown>, options),
    isRunning: () => false,
    waitSync: () => {
      throw new RuntimeError(
        "resultSync() cannot block: results come over a connection of this very thread. Use `await future.result()`.",
      );
    },
  };

  /** @throws ArgumentTypeError, ValueError for wrong options. */
  constructor(options: DistributedOptions = {}) {
    super();
    this.#options = checkDistributedOptions(options);
    this.#link = new Link(this.#options);
  }

  protected override checkOpen(): void {
    if (this.#closed !== undefined) throw new RuntimeError("cannot schedule new futures after shutdown");
  }

  protected override submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    this.checkOpen();
    const [chunk] = args;
    if (chunk instanceof Chunk)
      return chunk.submit((rows) => this.#send(fn, rows, options, true)) as Future<unknown> as Future<R>;
    return this.#send<R>(fn, args, options, false);
  }

  #send<R>(
    fn: AnyFunction,
    args: readonly unknown[],
    options: CallOptions | undefined,
    isChunk: boolean,
  ): Future<R> {
    const call = this.#call<R>(fn, args, options, isChunk);
    this.#link.send(call as Call<unknown>);
    return call;
  }

  protected override mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    own: TaskOptions | undefined,
  ): MapSource<R> {
    const { chunksize, buffersize } = options;
    // Without a size, what calls take decides how they travel.
    if (typeof chunksize !== "number" || chunksize === 1 || this.needsFutures(options, own))
      return super.mapSource(fn, rows, options, order, own);
    const size = Math.min(chunksize, buffersize ?? chunksize);
    const counts = new ChunkCounts();
    const window = buffersize === undefined ? {} : { buffersize: Math.floor(buffersize / size) };
    const chunks = super.mapSource<RowOutcomes>(
      fn,
      chunked(rows, size, counts),
      { ...options, ...window },
      order,
      own,
    );
    return new ChunkedSource<R>(chunks, counts, rows.length);
  }

  /**
   * The workers that serve the queue now, on all machines.
   *
   * @example
   * ```ts
   * import { DistributedExecutor } from "@concurrent-futures/distributed";
   *
   * await using executor = new DistributedExecutor();
   * for (const { name, host, slots } of await executor.workers()) console.log(name, host, slots);
   * ```
   */
  workers(): Promise<WorkerInfo[]> {
    this.checkOpen();
    return this.#link.workers();
  }

  /**
   * What this executor's calls have come to, in the same shape as of a `ProcessPoolExecutor`. A worker is one that has
   * answered; run times are measured there, and what a call took beyond that is wait time.
   *
   * @throws ArgumentTypeError, ValueError for wrong options.
   */
  stats(options: PoolStatsOptions = {}): PoolStats {
    const window = checkPoolStatsOptions(options);
    const unfinished = [...this.#link.unfinished];
    const running = unfinished.filter((call) => call.running()).length;
    return this.#link.activity.stats(window, unfinished.length - running, running);
  }

  override shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { wait, cancelFutures } = checkShutdownOptions(options);
    this.endRetryWaits(cancelFutures);
    if (cancelFutures) for (const call of [...this.#link.unfinished]) call.cancel();
    this.#closed ??= this.#link.idle().then(() => this.#link.close());
    return wait ? this.#closed : Promise.resolve();
  }

  #call<R>(
    fn: AnyFunction,
    args: readonly unknown[],
    options: CallOptions | undefined,
    isChunk: boolean,
  ): Call<R> {
    const { name, fn: sent } = this.#nameOf(fn);
    const message = encodeValue(args, "the arguments", this.#options.names, inspectedSource);
    const { maxPayload } = this.#options;
    if (message.bytes.byteLength > maxPayload) {
      throw new PayloadTooLargeError(
        `The arguments of ${name} have ${message.bytes.byteLength} bytes; \`maxPayload\` is ${maxPayload}. ` +
          "Write large data to a store that both sides reach, and send where it is.",
      );
    }
    // What was not proved to have begun must be told apart, call by call, where none may run twice.
    const alone = this.#options.delivery === "at-most-once";
    return new Call<R>(this.#owner, sent, options?.name ?? name, message, options, alone, isChunk);
  }

  #nameOf(fn: AnyFunction): { readonly name: string; readonly fn: ExportName | Uint8Array } {
    const ref = describe(fn, this.#options.allowCode ? "spawn" : "network");
    const name = ref.name === "" ? "(anonymous)" : ref.name;
    if (ref.kind === "value") {
      if (this.#options.allowCode) return { name, fn: encodeCode(ref, this.#options.names) };
      throw new SerializationError(
        `Cannot send the function ${name}: it is not exported by a module that a worker could import. ` +
          "Move it to a module of its own and export it there; the program's entry file is none. " +
          "Or let executor and workers have `allowCode` and the same `authkey`.",
      );
    }
    const found = this.#options.names.nameOf(ref);
    if (found !== undefined) return { name, fn: found };
    throw new SerializationError(
      ref.url.startsWith("node:")
        ? `Cannot send ${name}: it is Node's own, and workers only run functions of the program's modules. Call it from a function of yours.`
        : `Cannot send the function ${name}: ${ref.url} is not below the root ${this.#options.names.root}. ` +
            "Give executor and workers as `root` the folder that both have.",
    );
  }

  #cancel(call: Call<unknown>, { force = false, reason }: CancelOptions): boolean {
    if (call.running() && !force) return false;
    call.setCancelled(reason);
    this.#link.stop(call);
    return true;
  }
}
