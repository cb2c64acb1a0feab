import { forgetShare, noteShare } from "@concurrent-futures/core/reported-progress";
import type { DetachedMessage, ProgressMessage } from "../wire.ts";
import type { DetachedCalls } from "./detached-calls.ts";
import type { DispatchedBatch } from "./dispatched-batch.ts";

/** A call of a worker, the key of its share. */
interface ReportingCall {
  readonly id: number;
  readonly index: number;
}

/** How far the running calls of one worker are, as they have said themselves. */
export class CallProgress {
  /** Few: those that run now and have said something. */
  readonly #calls: Set<ReportingCall> = new Set();

  /** What fits no call under way is ignored: it may have ended meanwhile. */
  note(
    { id, index, share }: ProgressMessage,
    dispatched: readonly DispatchedBatch[],
    detached: DetachedCalls,
  ): void {
    const batch =
      detached.batchOf(id, index) ?? dispatched.find((one) => one.id === id && index >= one.reported);
    if (batch === undefined || index >= batch.batch.count) return;
    const owner = batch.batch.ownerOf(index);
    if (owner === undefined) return;
    let call = this.#find(id, index);
    if (call === undefined) {
      call = { id, index };
      this.#calls.add(call);
    }
    noteShare(call, owner, share);
  }

  /** A detached call has ended. */
  ended({ id, index }: Pick<DetachedMessage, "id" | "index">): void {
    const call = this.#find(id, index);
    if (call !== undefined) this.#forget(call);
  }

  /** Calls of this batch below the index have ended, apart from those that were detached. */
  endedBelow(id: number, index: number, detached: DetachedCalls): void {
    for (const call of this.#calls)
      if (call.id === id && call.index < index && !detached.has(id, call.index)) this.#forget(call);
  }

  /** The worker is gone. */
  clear(): void {
    for (const call of this.#calls) this.#forget(call);
  }

  #find(id: number, index: number): ReportingCall | undefined {
    for (const call of this.#calls) if (call.id === id && call.index === index) return call;
    return undefined;
  }

  #forget(call: ReportingCall): void {
    this.#calls.delete(call);
    forgetShare(call);
  }
}
