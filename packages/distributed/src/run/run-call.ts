import { AsyncLocalStorage } from "node:async_hooks";
import { lazySource, load } from "@concurrent-futures/callable/load";
import type { ExportName } from "@concurrent-futures/callable/network";
import {
  type AnyFunction,
  currentTask,
  PayloadTooLargeError,
  provideCurrentTask,
  RuntimeError,
  type TaskContext,
  taskRandom,
} from "@concurrent-futures/core";
import { decodeCode } from "../wire/code.ts";
import { ModuleNames } from "../wire/module-names.ts";
import type { RowOutcomes } from "../wire/row-outcomes.ts";
import { encodeValue, NamedModules } from "../wire/values.ts";

/** What runs in the workers of a machine's pool: the only place where user code is loaded and arguments are decoded. */

/** What these workers take. */
export interface RunnerOptions {
  readonly root: string;
  readonly modules: readonly string[] | undefined;
  readonly folders: readonly (readonly [from: string, to: string])[];
  readonly maxPayload: number;
}

/** One call, beside its arguments. */
export interface RunnableCall {
  readonly name: string;
  /** The function by name, or as code that the worker has found to be proved and allowed. */
  readonly fn: ExportName | Uint8Array;
  readonly modules: readonly string[];
  /** The arguments are rows: the function is called on each. */
  readonly isChunk: boolean;
  readonly attempt: number;
  readonly randomFrom: readonly [seed: number, index: number] | undefined;
}

/** How a call ended, in its travelling form. */
export interface Outcome {
  readonly failed: boolean;
  readonly bytes: Uint8Array;
  readonly modules: readonly string[];
  /** How long the function ran. */
  readonly microseconds: number;
}

interface Runner {
  readonly names: ModuleNames;
  readonly modules: NamedModules;
  readonly maxPayload: number;
}

let runner: Runner | undefined;
const ambient = new AsyncLocalStorage<TaskContext>();

/** The initializer of the pool's workers. Modules that were named are loaded now, so that a missing one is known early. */
export async function startRunner(options: RunnerOptions): Promise<void> {
  const names = new ModuleNames(options.root, options.modules, options.folders);
  const modules = new NamedModules(names);
  runner = { names, modules, maxPayload: options.maxPayload };
  provideCurrentTask(() => ambient.getStore());
  await modules.load(options.modules ?? []);
}

/** Loads the modules that the worker was given. @throws why one of them cannot be loaded */
export async function loadModules(names: readonly string[]): Promise<void> {
  await runner?.modules.demand(names);
}

/** Calls a function by its name, on arguments in their travelling form. */
export async function runCall(call: RunnableCall, bytes: Uint8Array): Promise<Outcome> {
  if (runner === undefined) throw new RuntimeError("runCall() expected startRunner() to have been called.");
  const { modules } = runner;
  let began = performance.now();
  try {
    const fn = await functionOf(call, runner);
    const args = modules.decode(bytes) as unknown[];
    began = performance.now();
    if (call.isChunk) {
      const outcomes = await ambient.run(contextOf(call), () => runRows(fn, args as unknown[][]));
      return rowsOutcome(outcomes, began, runner);
    }
    const result: unknown = await ambient.run(contextOf(call), () => Reflect.apply(fn, undefined, args));
    return outcome(false, result, began, runner);
  } catch (error) {
    return outcome(true, error, began, runner);
  }
}

/** Calls a function on one row after the other: an error is the outcome of its row. */
async function runRows(fn: AnyFunction, rows: readonly unknown[][]): Promise<RowOutcomes> {
  const values: unknown[] = [];
  const failed: number[] = [];
  const { signal } = currentTask() as TaskContext;
  for (const [index, row] of rows.entries()) {
    signal.throwIfAborted();
    try {
      const value: unknown = Reflect.apply(fn, undefined, row);
      values.push(isThenable(value) ? await value : value);
    } catch (error) {
      values.push(error);
      failed.push(index);
    }
  }
  return [values, failed];
}

function isThenable(value: unknown): boolean {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { readonly then?: unknown }).then === "function"
  );
}

/** A chunk's outcomes; where they cannot travel together, what cannot travel becomes an error of its row. */
function rowsOutcome(outcomes: RowOutcomes, began: number, runner: Runner): Outcome {
  const whole = outcome(false, outcomes, began, runner);
  if (!whole.failed) return whole;
  const failed = new Set(outcomes[1]);
  const values = outcomes[0].map((value, index) => {
    try {
      encodeValue(value, "the result", runner.names, lazySource);
      return value;
    } catch (error) {
      const reason = failed.has(index) ? describeThrown(value, error) : error;
      failed.add(index);
      return reason;
    }
  });
  return outcome(false, [values, [...failed]], began, runner);
}

/** The function to call, when all modules are here that the call names. */
async function functionOf(
  { fn, modules: needed }: RunnableCall,
  { names, modules }: Runner,
): Promise<AnyFunction> {
  const all = fn instanceof Uint8Array ? needed : [fn.module, ...needed];
  if (!modules.has(all)) await modules.load(all);
  if (fn instanceof Uint8Array) return load(decodeCode(fn, names));
  const { value, holder } = modules.find(fn);
  const callable = value as AnyFunction;
  // A static method needs what holds it.
  return holder === undefined || fn.path.at(-2) === "prototype"
    ? callable
    : (callable.bind(holder) as AnyFunction);
}

/** As the pool's own context of this call, which knows its signal, with what the submitter has said. */
function contextOf({ name, attempt, randomFrom }: RunnableCall): TaskContext {
  const pool = currentTask() as TaskContext;
  return {
    name,
    attempt,
    random: taskRandom(randomFrom),
    workerId: pool.workerId,
    signal: pool.signal,
    // Checked by the pool; nobody there draws it.
    reportProgress: (done, total) => pool.reportProgress(done, total),
    get cancelled() {
      return pool.cancelled;
    },
  };
}

function outcome(failed: boolean, value: unknown, began: number, { names, maxPayload }: Runner): Outcome {
  const microseconds = Math.round((performance.now() - began) * 1000);
  try {
    const message = encodeValue(value, failed ? "the error" : "the result", names, lazySource);
    if (message.bytes.byteLength > maxPayload) {
      throw new PayloadTooLargeError(
        `The ${failed ? "error" : "result"} has ${message.bytes.byteLength} bytes; \`maxPayload\` of the worker is ${maxPayload}. ` +
          "Write large results to a store that both sides reach, and return where they are.",
      );
    }
    return { failed, ...message, microseconds };
  } catch (error) {
    const reason = failed ? describeThrown(value, error) : error;
    return { failed: true, ...encodeValue(reason, "the error", names, lazySource), microseconds };
  }
}

/** An error that cannot travel as it is: its text, and why. */
function describeThrown(thrown: unknown, reason: unknown): Error {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : safeText(thrown);
  return new Error(`A value that cannot travel was thrown: ${text}`, { cause: String(reason) });
}

function safeText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
