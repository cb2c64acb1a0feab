import { AsyncResource } from "node:async_hooks";
import type { TaskContext } from "@concurrent-futures/core";
import { checkProgress, taskRandom } from "@concurrent-futures/core/current-task";
import { STOPPING } from "../slots.ts";
import type { TaskSettings } from "../wire.ts";
import type { OpenCall } from "./open-call.ts";
import { BatchCall } from "./running-batch.ts";
import type { Transport } from "./transport.ts";

/** Milliseconds between two reports of a call's progress that are sent: a bar is not drawn more often. */
const reportEvery = 100;
/** For a call that has none. */
const noSlots: Int32Array = new Int32Array(1);

/** What the code of a call sees of it. */
export function taskOf(call: OpenCall, { workerId, slots, send }: Transport): RunningTask {
  if (call.task !== undefined) return call.task;
  if (call instanceof BatchCall) {
    const { index, batch } = call;
    call.task = new RunningTask(call, workerId, (share) =>
      send({ kind: "progress", id: batch.id, index, share }, []),
    );
    if (!call.beside) call.task.watch(slots.states, batch.slotOf(index));
  } else call.task = new RunningTask(call, workerId, () => {});
  return call.task;
}

/** What `currentTask()` gives in a worker: made for the first who asks, since most tasks never do. */
export class RunningTask implements TaskContext {
  readonly name: string;
  readonly workerId: number;
  #slots: Int32Array = noSlots;
  #slot = 0;
  #controller: AbortController | undefined;
  // That of the task, in which the listeners of the signal run.
  #listenerContext: AsyncResource | undefined;
  #stopped: { readonly reason: unknown } | undefined;

  readonly #settings: TaskSettings | undefined;
  #random: (() => number) | undefined;
  readonly #report: (share: number) => void;
  #reportedAt = Number.NEGATIVE_INFINITY;

  /** @param report - told how far it is, from 0 to 1. */
  constructor(call: OpenCall, workerId: number, report: (share: number) => void) {
    this.#report = report;
    this.#settings = call.settings;
    const name = (call.ref as { readonly name?: string } | undefined)?.name;
    this.name = this.#settings?.name ?? (name || "(anonymous)");
    this.workerId = workerId;
  }

  /** It is seen in shared memory, too, that it is to stop. */
  watch(slots: Int32Array, slot: number): void {
    this.#slots = slots;
    this.#slot = slot;
  }

  get attempt(): number {
    return this.#settings?.attempt ?? 1;
  }

  random(): number {
    this.#random ??= taskRandom(this.#settings?.randomFrom);
    return this.#random();
  }

  reportProgress(done: number, total?: number): void {
    const share = checkProgress(done, total);
    if (share === undefined) return;
    const now = performance.now();
    if (now - this.#reportedAt < reportEvery) return;
    this.#reportedAt = now;
    this.#report(share);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      this.#listenerContext = new AsyncResource("ConcurrentFuturesSignal");
      if (this.#stopped !== undefined) this.#controller.abort(this.#stopped.reason);
    }
    return this.#controller.signal;
  }

  get cancelled(): boolean {
    // Shared memory: a loop that never lets a message in sees it as well.
    return this.#stopped !== undefined || Atomics.load(this.#slots, this.#slot) === STOPPING;
  }

  /** Its slot is free for another call: whether it is to stop, only messages say from now on. */
  detach(): void {
    if (Atomics.load(this.#slots, this.#slot) === STOPPING) this.#stopped ??= { reason: undefined };
    this.#slots = noSlots;
    this.#slot = 0;
  }

  stop(reason: unknown): void {
    this.#stopped = { reason };
    const controller = this.#controller;
    this.#listenerContext?.runInAsyncScope(() => controller?.abort(reason));
  }
}
