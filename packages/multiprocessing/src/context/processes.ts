import { reference } from "@concurrent-futures/callable/load";
import { Process } from "../process/process.ts";
import type { ProcessOptions } from "../process/process-options.ts";
import type { StartMethod } from "../start-method.ts";

/** The `Process` of `getContext("thread")`: a thread, whatever the default is. */
export class ThreadProcess<A extends readonly unknown[] = []> extends Process<A> {
  static override get startMethod(): StartMethod {
    return "thread";
  }
}

/** The `Process` of `getContext("spawn")`: an operating-system process, whatever the default is. */
export class SpawnProcess<A extends readonly unknown[] = []> extends Process<A> {
  static override get startMethod(): StartMethod {
    return "spawn";
  }
}

// Subclasses find them in their children by these names.
for (const Class of [ThreadProcess, SpawnProcess])
  Object.defineProperty(Class, reference, { value: { module: import.meta.url, path: [Class.name] } });

/** The `Process` of a context: it works without `new` too. */
export type ContextProcess<C> = C &
  (<A extends readonly unknown[] = []>(options?: ProcessOptions<A>) => Process<A>);
