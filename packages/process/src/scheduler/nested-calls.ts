import { packError } from "@concurrent-futures/callable";
import { RuntimeError } from "@concurrent-futures/core";
import { schedulerOf } from "../pool-handles.ts";
import type { NestedCall, NestedCancelMessage, NestedOutcome, NestedSubmitMessage } from "../wire.ts";
import type { FunctionDescription } from "./function-registry.ts";
import type { Scheduler } from "./scheduler.ts";
import { PackedFailure, type Task } from "./task.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** A call, and the one that has submitted it, if that was known. */
interface SubmittedTask {
  readonly task: Task;
  readonly by: NestedCall["by"];
}

/** What one worker has named and submitted. */
interface Asker {
  readonly functions: Map<number, FunctionDescription>;
  readonly tasks: Map<number, SubmittedTask>;
  outcomes: NestedOutcome[];
}

/**
 * The calls that tasks of this pool have submitted, to it or to another one of this side. Functions, arguments and results go
 * from worker to worker as they are: nothing of them is put together here.
 */
export class NestedCalls {
  readonly #own: Scheduler;
  readonly #askers: Map<WorkerHandle, Asker> = new Map();

  constructor(own: Scheduler) {
    this.#own = own;
  }

  /** The last of the calls is the first to be queued, each before all others: what is below is done before what is beside. */
  submit(handle: WorkerHandle, { define, calls }: NestedSubmitMessage): void {
    const asker = this.#askerOf(handle);
    for (const [number, ref] of define) asker.functions.set(number, { ref });
    for (const call of [...calls].reverse()) {
      if (call.by !== undefined) handle.detached.submitted(call.by);
      this.#submit(handle, asker, call);
    }
  }

  cancel(handle: WorkerHandle, { call, force }: NestedCancelMessage): void {
    this.#askers.get(handle)?.tasks.get(call)?.task.cancel({ force });
  }

  /** The worker is dead: nobody waits for what has not begun. */
  died(handle: WorkerHandle): void {
    const asker = this.#askers.get(handle);
    this.#askers.delete(handle);
    for (const { task } of asker?.tasks.values() ?? []) task.cancel();
  }

  /** A call was stopped and left to itself: what it has submitted is stopped with it, or its worker could wait for that without end. */
  abandoned(handle: WorkerHandle, id: number, index: number): void {
    for (const { task, by } of [...(this.#askers.get(handle)?.tasks.values() ?? [])])
      if (by?.[0] === id && by[1] === index) task.cancel({ force: true });
  }

  #askerOf(handle: WorkerHandle): Asker {
    let asker = this.#askers.get(handle);
    if (asker === undefined) {
      asker = { functions: new Map(), tasks: new Map(), outcomes: [] };
      this.#askers.set(handle, asker);
    }
    return asker;
  }

  #submit(handle: WorkerHandle, asker: Asker, { call, pool, by, fn, args, options }: NestedCall): void {
    const answer = (outcome: NestedOutcome): void => {
      asker.tasks.delete(call);
      if (this.#askers.get(handle) !== asker) return;
      if (by !== undefined) handle.detached.answered(by);
      if (asker.outcomes.push(outcome) > 1) return;
      // Those that end in one turn go together.
      queueMicrotask(() => this.#send(handle, asker));
    };
    let task: Task;
    try {
      const target = schedulerOf(pool);
      if (target === undefined)
        throw new RuntimeError("The executor of this handle is gone: it was not kept where it was made.");
      const description = asker.functions.get(fn);
      if (description === undefined) throw new Error(`The worker has not named function ${fn}`);
      task = target.submitNested(description, args, options, target === this.#own);
      // The snapshot of one moment is called once.
      if (description.ref.kind === "value" && description.ref.constant !== true) asker.functions.delete(fn);
    } catch (error) {
      answer([call, "failed", packError(error)]);
      return;
    }
    asker.tasks.set(call, { task, by });
    task.addDoneCallback(() => answer(outcomeOf(call, task)));
  }

  #send(handle: WorkerHandle, asker: Asker): void {
    const outcomes = asker.outcomes;
    asker.outcomes = [];
    if (handle.state !== "dead") handle.host.post({ kind: "nested-outcomes", outcomes });
    this.#own.wake();
  }
}

function outcomeOf(call: number, task: Task): NestedOutcome {
  try {
    return [call, "done", task.resultSync(0)];
  } catch (error) {
    if (task.cancelled()) return [call, "cancelled", packError((error as Error).cause)];
    return [call, "failed", error instanceof PackedFailure ? error.packed : packError(error)];
  }
}
