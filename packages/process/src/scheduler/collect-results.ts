import type { HostDeath } from "../host/worker-host.ts";
import { PENDING, RETURNED_NUMBER, REVOKED, RUNNING, SENDING, SENT, STOPPING, slotMask } from "../slots.ts";
import type { DispatchedBatch } from "./dispatched-batch.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** A dispatched call. */
type Call = readonly [DispatchedBatch, index: number];

/** What a dead worker leaves behind. */
export interface LostWork {
  /** Whether it had ever come up. */
  readonly started: boolean;
  /** Whether results were found that it had returned. */
  readonly hasReturned: boolean;
  /** The calls that it was running. */
  readonly running: readonly Call[];
  /** The calls that have run, and whose results had not left the worker. */
  readonly resultLost: readonly Call[];
  /** The calls that can run elsewhere. */
  readonly notStarted: readonly (readonly [DispatchedBatch, indexes: readonly number[]])[];
}

/**
 * Delivers the results that can be read in a worker's slots, whatever the worker does now: a long call that follows short
 * ones does not hold them back. True if there were any.
 */
export function collectResults(handle: WorkerHandle, alive: boolean): boolean {
  let found = false;
  for (const dispatched of [...handle.dispatched]) {
    const { batch, answered } = dispatched;
    if (answered === batch.count) continue;
    refresh(handle, dispatched, alive);
    try {
      while (dispatched.answered < batch.count && collectNext(handle, dispatched)) found = true;
    } catch (error) {
      handle.host.fail(error);
    }
    if (dispatched.answered > answered) batch.resultsDelivered();
    if (dispatched.answered < batch.count) break;
  }
  return found;
}

/** False when the result of the next call is not in its slot. @throws Error when what is written down cannot be read */
function collectNext(handle: WorkerHandle, dispatched: DispatchedBatch): boolean {
  const index = dispatched.answered;
  const state = stateOf(handle, dispatched, index);
  if (state < RETURNED_NUMBER && state !== REVOKED) return false;
  const value = state === REVOKED ? undefined : dispatched.returned(index);
  // First: code that gets the result may wait for the next.
  dispatched.answered++;
  if (state !== REVOKED) dispatched.batch.succeed(index, value);
  return true;
}

/** The worker has died: what it has returned is delivered, the rest sorted by what is to become of it. */
export function collectLostWork(handle: WorkerHandle, { failed = false }: HostDeath): LostWork {
  const running: Call[] = [];
  const resultLost: Call[] = [];
  const notStarted: (readonly [DispatchedBatch, readonly number[]])[] = [];
  const started = handle.state !== "starting";
  // First: code that gets results may submit more, which is not for this worker.
  handle.state = "dead";
  handle.setKept(0, 0);
  const hasReturned = !failed && collectResults(handle, false);
  for (const { dispatched, index } of handle.detached.takeAll()) running.push([dispatched, index]);
  for (const dispatched of handle.dispatched.splice(0)) {
    refresh(handle, dispatched, false);
    const again: number[] = [];
    for (let index = dispatched.answered; index < dispatched.batch.count; index++) {
      const state = stateOf(handle, dispatched, index);
      if (state === RUNNING || state === STOPPING) running.push([dispatched, index]);
      else if (state === SENDING || state === SENT || (failed && state >= RETURNED_NUMBER))
        resultLost.push([dispatched, index]);
      else if (state === PENDING) again.push(index);
      else if (state !== REVOKED && !deliver(dispatched, index)) resultLost.push([dispatched, index]);
    }
    // A worker whose word is worth nothing may have begun what it says it has not: the first is at fault.
    const [first] = again;
    if (failed && first !== undefined && running.length === 0 && resultLost.length === 0) {
      running.push([dispatched, first]);
      again.shift();
    }
    dispatched.batch.resultsDelivered();
    if (again.length > 0) notStarted.push([dispatched, again]);
  }
  return { started, hasReturned, running, resultLost, notStarted };
}

function refresh(handle: WorkerHandle, { base, batch, answered }: DispatchedBatch, alive: boolean): void {
  handle.host.claims?.refresh({ base, from: answered, to: batch.count }, alive);
}

function stateOf(handle: WorkerHandle, { base }: DispatchedBatch, index: number): number {
  return Atomics.load(handle.host.slots.states, (base + index) & slotMask);
}

/** False when what is written down cannot be read. */
function deliver(dispatched: DispatchedBatch, index: number): boolean {
  let value: unknown;
  try {
    value = dispatched.returned(index);
  } catch {
    return false;
  }
  dispatched.batch.succeed(index, value);
  return true;
}
