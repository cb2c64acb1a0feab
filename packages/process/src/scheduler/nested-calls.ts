import { packError } from "@concurrent-futures/callable";
import { RuntimeError } from "@concurrent-futures/core";
import { schedulerOf } from "../pool-handles.ts";
import type {
  NestedAskMessage,
  NestedCallMessage,
  NestedCancelMessage,
  NestedOutcome,
  NestedRanMessage,
  NestedSubmitMessage,
} from "../wire-nested.ts";
import type { FunctionDescription } from "./function-registry.ts";
import type { Scheduler } from "./scheduler.ts";
import { PackedFailure, type Task } from "./task.ts";
import type { WorkerActivity } from "./worker-activity.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** A call, and the one that has submitted it, if that was known. */
interface SubmittedTask {
  readonly task: Task;
  readonly by: NestedCallMessage["by"];
}

/** Calls of one function that a worker has run for itself. */
export interface RanCalls {
  readonly name: string;
  readonly calls: number;
  readonly failed: number;
  readonly microseconds: number;
}

/** What one worker has named and submitted. */
interface Asker {
  readonly functions: Map<number, FunctionDescription>;
  readonly tasks: Map<number, SubmittedTask>;
  outcomes: NestedOutcome[];
  /** What it was last told: whose calls it may keep, and how many others would take. */
  keep: string | undefined;
  wanted: number;
}

/**
 * The calls that tasks of this pool have submitted, to it or to another one of this side. Functions, arguments and results go
 * from worker to worker as they are: nothing of them is put together here.
 */
export class NestedCalls {
  readonly #own: Scheduler;
  readonly #activity: WorkerActivity;
  readonly #askers: Map<WorkerHandle, Asker> = new Map();
  // The executor's name, once a worker has used it.
  #pool: string | undefined;

  constructor(own: Scheduler, activity: WorkerActivity) {
    this.#own = own;
    this.#activity = activity;
  }

  /** Whether any worker has submitted anything. */
  get inUse(): boolean {
    return this.#askers.size > 0;
  }

  /** This many calls would begin at once: workers that have kept some may give them away. */
  offer(places: number): void {
    // Not where each call counts on this side, or is looked at.
    const mayKeep = this.#own.options.maxTasksPerWorker === undefined && this.#activity.unwatched;
    const keep = mayKeep ? this.#pool : undefined;
    for (const [handle, asker] of this.#askers) {
      const wanted = handle.idle ? 0 : places;
      if (asker.keep === keep && asker.wanted === wanted) continue;
      asker.keep = keep;
      asker.wanted = wanted;
      handle.host.post({ kind: "nested-mode", keep, alone: this.#own.options.maxWorkers === 1, wanted });
    }
  }

  /** The last of the calls is the first to be queued, each before all others: what is below is done before what is beside. */
  submit(handle: WorkerHandle, { define, calls }: NestedSubmitMessage): void {
    const asker = this.#askerOf(handle);
    for (const [number, ref] of define) asker.functions.set(number, { ref });
    // It gives nothing more away before it is asked again.
    asker.wanted = 0;
    for (const call of [...calls].reverse()) {
      if (call.by !== undefined) handle.detached.submitted(call.by);
      this.#submit(handle, asker, call);
    }
  }

  cancel(handle: WorkerHandle, { call, force }: NestedCancelMessage): void {
    this.#askers.get(handle)?.tasks.get(call)?.task.cancel({ force });
  }

  /** Its call is blocked until it is answered. */
  ask(handle: WorkerHandle, { call, what }: NestedAskMessage): void {
    const task = this.#askers.get(handle)?.tasks.get(call)?.task;
    const value = task !== undefined && (what === "cancel" ? task.cancel() : task.running());
    handle.host.post({ kind: "nested-answer", call, value });
  }

  /** Calls that a worker has run itself; gives their functions' names for the counts. */
  ran(handle: WorkerHandle, { define, counts, pending, running }: NestedRanMessage): readonly RanCalls[] {
    const { functions } = this.#askerOf(handle);
    for (const [number, ref] of define) functions.set(number, { ref });
    handle.setKept(pending, running);
    return counts.map(([fn, calls, failed, microseconds]) => {
      const { name } = functions.get(fn)?.ref ?? {};
      return { name: typeof name === "string" ? name : "", calls, failed, microseconds };
    });
  }

  /** The worker is dead: nobody waits for what it has submitted, begun or not. */
  died(handle: WorkerHandle): void {
    const asker = this.#askers.get(handle);
    this.#askers.delete(handle);
    for (const { task } of asker?.tasks.values() ?? []) task.cancel({ force: true });
  }

  /** A call was stopped and left to itself: what it has submitted is stopped with it, or its worker could wait for that without end. */
  abandoned(handle: WorkerHandle, id: number, index: number): void {
    for (const { task, by } of [...(this.#askers.get(handle)?.tasks.values() ?? [])])
      if (by?.[0] === id && by[1] === index) task.cancel({ force: true });
  }

  #askerOf(handle: WorkerHandle): Asker {
    let asker = this.#askers.get(handle);
    if (asker === undefined) {
      asker = { functions: new Map(), tasks: new Map(), outcomes: [], keep: undefined, wanted: 0 };
      this.#askers.set(handle, asker);
    }
    return asker;
  }

  #submit(
    handle: WorkerHandle,
    asker: Asker,
    { call, pool, by, fn, args, options, carried }: NestedCallMessage,
  ): void {
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
        throw new RuntimeError(
          "The executor of this handle no longer exists: keep a reference to it where it was created.",
        );
      const description = asker.functions.get(fn);
      if (description === undefined) throw new Error(`The worker has not named function ${fn}`);
      const along = carried?.map(([restore, value]) => {
        const found = asker.functions.get(restore);
        if (found === undefined) throw new Error(`The worker has not named function ${restore}`);
        return [found, value] as const;
      });
      task = target.submitNested(description, args, options, along, target === this.#own);
      if (target === this.#own) this.#pool = pool;
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
