import { type Executor, SerializationError } from "@concurrent-futures/core";
import type { Scheduler } from "./scheduler/scheduler.ts";

/** An executor whose handle has travelled, as long as it is there. */
interface HandedOut {
  readonly executor: WeakRef<Executor>;
  readonly scheduler: WeakRef<Scheduler>;
}

/** By the names in the handles. */
const handedOut = new Map<string, HandedOut>();

const gone = new FinalizationRegistry((pool: string) => handedOut.delete(pool));

let refusing = false;

/** While `work` packs what goes to another machine no executor goes along, captured or given: its workers are here. */
export function withoutExecutors<T>(work: () => T): T {
  const before = refusing;
  refusing = true;
  try {
    return work();
  } finally {
    refusing = before;
  }
}

/** An executor is sent to a worker. @throws SerializationError where it is none of this machine's */
export function handOut(pool: string, executor: Executor, scheduler: Scheduler): void {
  if (refusing) throw executorStays();
  if (handedOut.has(pool)) return;
  handedOut.set(pool, { executor: new WeakRef(executor), scheduler: new WeakRef(scheduler) });
  gone.register(scheduler, pool);
}

/** The executor of this name, if it was made here and is still used. */
export function executorOf(pool: string): Executor | undefined {
  return handedOut.get(pool)?.executor.deref();
}

/** What runs the calls of the executor of this name, if that is here. */
export function schedulerOf(pool: string): Scheduler | undefined {
  return handedOut.get(pool)?.scheduler.deref();
}

/** An executor cannot leave its machine. */
export function executorStays(): SerializationError {
  return new SerializationError(
    "An executor cannot be sent to another machine: its workers are here. Make one in the module of the function that uses it.",
  );
}
