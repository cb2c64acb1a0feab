import { taskProviders } from "../keys.ts";
import { checkProgress } from "./reported-progress.ts";
import { taskRandom } from "./task-random.ts";

/** For executors, beside {@link provideCurrentTask}: they load this file alone into their workers. */
export { checkProgress, taskRandom };

/** What a task can know about itself. */
export interface TaskContext {
  /** The function's name, or the one given by `TaskOptions.name`. */
  readonly name: string;
  /** Aborts when the task is cancelled by force or has run out of time. */
  readonly signal: AbortSignal;
  /** The same as `signal.aborted`, but also true within a loop that never lets the event loop turn. */
  readonly cancelled: boolean;
  /** The number of the worker in its pool, from 1. */
  readonly workerId: number;
  /** Which attempt of the call this is, from 1; more than 1 only with `TaskOptions.retries`. */
  readonly attempt: number;
  /**
   * A number from 0 up to, but not including, 1. In a map with `seed` the numbers depend on the seed and the item's index
   * alone; elsewhere they are `Math.random`'s.
   */
  random(): number;
  /**
   * Says how far this call is, so that a bar of `progress` moves while it runs; call it as often as you like. Without `total`
   * nothing is drawn.
   *
   * @throws ArgumentTypeError, ValueError for values that are not finite numbers from 0 on.
   */
  reportProgress(done: number, total?: number): void;
}

type Provider = () => TaskContext | undefined;

/** What a worker starts with has its own copy of this module: both ask the same providers. */
function allProviders(): Provider[] {
  const holder = globalThis as { [taskProviders]?: Provider[] };
  holder[taskProviders] ??= [];
  return holder[taskProviders];
}

/**
 * The task that this code runs in, or `undefined` outside of any.
 *
 * @example
 * ```ts
 * function crunch(rows: number[][]) {
 *   for (const row of rows) {
 *     if (currentTask()?.cancelled) return;
 *     work(row);
 *   }
 * }
 * ```
 */
export function currentTask(): TaskContext | undefined {
  const providers = allProviders();
  for (let at = providers.length - 1; at >= 0; at--) {
    const context = providers[at]?.();
    if (context !== undefined) return context;
  }
  return undefined;
}

/** For executors: says where the ambient task is kept. The one added last is asked first. */
export function provideCurrentTask(provider: Provider): void {
  allProviders().push(provider);
}
