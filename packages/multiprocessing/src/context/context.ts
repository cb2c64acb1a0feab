import { type Medium, reduce, reference, revive } from "@concurrent-futures/callable/load";
import { SerializationError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";
import { checkStartMethod, type StartMethod, startMethod } from "../start-method.ts";
import { type Members, members } from "./members.ts";
import { type MemoryMembers, memoryMembers } from "./memory-members.ts";
import { type ContextPool, poolOf } from "./pools.ts";
import { type ContextProcess, SpawnProcess, ThreadProcess } from "./processes.ts";
import { withinSpawn, withinThread } from "./within.ts";
import { foundAt, withoutNew } from "./without-new.ts";

/** What each context can say and do about start methods. */
export interface ContextMethods<M extends StartMethod> {
  /** The start method of this context. */
  getStartMethod(options?: { readonly allowNone?: boolean }): M;
  /** A context has one start method forever. @throws ValueError always, as in Python */
  setStartMethod(method: StartMethod, options?: { readonly force?: boolean }): void;
  /** Another context, or without a name this one. */
  getContext(): Context<M>;
  getContext<N extends StartMethod>(method: N): Context<N>;
}

/** What `getContext("thread")` has of its own: all of it over memory that threads share. */
export interface ThreadMembers extends MemoryMembers {
  readonly Process: ContextProcess<typeof ThreadProcess>;
  readonly Pool: ContextPool;
}

/**
 * What `getContext("spawn")` has of its own: the same as threads have, over memory that processes share. Where there is
 * none, its locks, queues and pipes live in a server of this program, which the processes talk to, and the rest is refused.
 */
export interface SpawnMembers extends MemoryMembers {
  readonly Process: ContextProcess<typeof SpawnProcess>;
  readonly Pool: ContextPool;
}

/** The members of this package for one start method; see {@link getContext}. */
export type Context<M extends StartMethod = StartMethod> = M extends "thread" ? ThreadContext : SpawnContext;

/** What `getContext("thread")` gives. */
export type ThreadContext = ContextMethods<"thread"> & Members & ThreadMembers;

/** What `getContext("spawn")` gives. */
export type SpawnContext = ContextMethods<"spawn"> & Members & SpawnMembers;

const made = new Map<StartMethod, Context>();

/** The contexts by their names: where members that travel alone are found. @public a worker finds it by its name */
export const contexts: { readonly [M in StartMethod]: Context<M> } = {
  get thread() {
    return getContext("thread");
  },
  get spawn() {
    return getContext("spawn");
  },
};

/**
 * The members of this package for one start method, whatever the default is (Python: `get_context`). They work with `new`
 * and, as in Python, without. A library that must not change its user's default uses this.
 *
 * @param method - `"thread"` or `"spawn"`. @default the default start method, which is fixed by asking
 * @throws ValueError for an unknown name
 *
 * @example
 * ```ts
 * const ctx = getContext("spawn");
 * const queue = ctx.Queue();
 * const process = ctx.Process({ target: produce, args: [queue] });
 * ```
 */
export function getContext<M extends StartMethod = StartMethod>(method?: M): Context<M> {
  const name: StartMethod = method === undefined ? startMethod() : checkStartMethod(method);
  let context = made.get(name);
  if (context === undefined) {
    context = Object.assign(withReferences(name, new BoundContext(name)), {
      ...members(),
      ...withReferences(name, membersOf(name)),
    }) as unknown as Context;
    made.set(name, Object.freeze(context));
  }
  return context as Context<M>;
}

/** Taken out of its context, each member still belongs to it, also in a worker. */
function withReferences<O extends object>(name: StartMethod, values: O): O {
  for (const [key, member] of Object.entries(values)) {
    if (!Object.hasOwn(member, reference))
      foundAt({ module: import.meta.url, path: ["contexts", name, key] }, member);
  }
  return values;
}

function membersOf(name: StartMethod): ThreadMembers | SpawnMembers {
  const isThread = name === "thread";
  return {
    Process: withoutNew(isThread ? ThreadProcess : SpawnProcess) as unknown as ContextProcess<
      typeof ThreadProcess
    >,
    Pool: poolOf(name),
    ...memoryMembers(isThread ? withinThread : withinSpawn),
  };
}

/** The part of a context that knows which one it is. A function that uses a context takes it along by its name. @public a worker finds it by its name */
export class BoundContext {
  readonly #name: StartMethod;

  constructor(name: StartMethod) {
    this.#name = name;
  }

  static {
    Object.defineProperty(BoundContext, reference, {
      value: { module: import.meta.url, path: ["BoundContext"] },
    });
    Object.defineProperty(BoundContext, revive, { value: (name: StartMethod) => getContext(name) });
    Object.defineProperty(BoundContext.prototype, reduce, {
      value(this: BoundContext, medium: Medium): StartMethod {
        if (medium === "network")
          throw new SerializationError("A context cannot be sent to another machine.");
        return this.#name;
      },
    });
  }

  // Taken out of its context, each still works, as the module's own functions do.
  readonly getStartMethod = (): StartMethod => this.#name;

  readonly setStartMethod = (method: StartMethod): void => {
    throw new ValueError(
      `cannot set start method of concrete context: this one's is always "${this.#name}", got ${describeValue(method)}.`,
    );
  };

  readonly getContext = (method: StartMethod = this.#name): Context => getContext(method);
}
