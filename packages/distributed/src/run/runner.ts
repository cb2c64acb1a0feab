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
import { checkProgress } from "@concurrent-futures/core/reported-progress";
import type { CarriedByName } from "../wire/carried.ts";
import { decodeCode } from "../wire/code.ts";
import type { AuthKey } from "../wire/mac.ts";
import { ModuleNames } from "../wire/module-names.ts";
import { NamedModules } from "../wire/named-modules.ts";
import { traceModule } from "../wire/package-names.ts";
import { ValueWriter } from "../wire/value-writer.ts";

/** What these workers take. */
export interface RunnerOptions {
  readonly root: string;
  readonly modules: readonly string[] | undefined;
  readonly packages: readonly string[];
  readonly folders: readonly (readonly [from: string, to: string])[];
  readonly maxPayload: number;
  readonly authkey: AuthKey | undefined;
}

/** A call, beside its arguments. */
export interface RunnableCall {
  readonly name: string;
  /** The function by name, or as code that the worker has found to be proved and allowed. */
  readonly fn: ExportName | Uint8Array;
  readonly modules: readonly string[];
  readonly attempt: number;
  /** What it takes along. */
  readonly carried: readonly CarriedByName[];
  readonly randomFrom: readonly [seed: number, index: number] | undefined;
}

/** A call that is run, and how far that is of what the pool was given, when the call itself is so far. */
interface CallInContext extends RunnableCall {
  readonly shareSoFar?: (share: number) => number;
}

/** Runs a call with what it takes along, and gives what it gives. */
export type Restoring = (run: () => unknown) => unknown;

/** How a call ended, in its travelling form. */
export interface Outcome {
  readonly failed: boolean;
  readonly bytes: Uint8Array;
  readonly modules: readonly string[];
  /** How long the function ran. */
  readonly microseconds: number;
}

/** What one process of a worker's pool knows: its modules, and how values go. */
export class Runner {
  readonly modules: NamedModules;
  readonly #names: ModuleNames;
  readonly #writer: ValueWriter;
  readonly #maxPayload: number;

  constructor({ root, modules, packages, folders, maxPayload, authkey }: RunnerOptions) {
    this.#names = new ModuleNames(root, modules, packages, folders);
    this.modules = new NamedModules(this.#names, authkey);
    this.#writer = new ValueWriter({ names: this.#names, source: lazySource, authkey });
    this.#maxPayload = maxPayload;
  }

  /** The function to call, when all modules are here that the call names. */
  async functionOf({ fn, modules: needed }: RunnableCall): Promise<AnyFunction> {
    const all = fn instanceof Uint8Array ? needed : [fn.module, ...needed];
    if (!this.modules.has(all)) await this.modules.load(all);
    if (fn instanceof Uint8Array) return load(decodeCode(fn, this.#names));
    const { value, holder } = this.modules.find(fn);
    const callable = value as AnyFunction;
    // A static method needs what holds it.
    return holder === undefined || fn.path.at(-2) === "prototype"
      ? callable
      : (callable.bind(holder) as AnyFunction);
  }

  /**
   * What runs a call with all that it takes along; `undefined` when that is nothing.
   *
   * @throws why something cannot be restored here. Only a trace ends here, where this machine has no tracing.
   */
  async restoring(carried: readonly CarriedByName[]): Promise<Restoring | undefined> {
    if (carried.length === 0) return undefined;
    await this.modules.load(carried.map(({ restore }) => restore.module));
    const here = carried.filter(
      ({ restore }) => restore.module !== traceModule || this.modules.has([traceModule]),
    );
    const restores = here.map(({ restore, value }) => ({
      restore: this.modules.find(restore).value as unknown as (value: string, run: () => unknown) => unknown,
      value,
    }));
    return (run) =>
      restores.reduceRight<() => unknown>(
        (inner, { restore, value }) =>
          () =>
            restore(value, inner),
        run,
      )();
  }

  /** A result or an error that came now, of a call that began at a time. What cannot be sent is an error that says so. */
  outcome(failed: boolean, value: unknown, began: number): Outcome {
    const microseconds = Math.round((performance.now() - began) * 1000);
    try {
      const message = this.#writer.write(value, failed ? "the error" : "the result");
      if (message.bytes.byteLength > this.#maxPayload) {
        throw new PayloadTooLargeError(
          `The ${failed ? "error" : "result"} has ${message.bytes.byteLength} bytes; \`maxPayload\` of the worker is ${this.#maxPayload}. ` +
            "Write large results to a store that both sides can reach, and return their location.",
        );
      }
      return { failed, ...message, microseconds };
    } catch (error) {
      const reason = failed ? describeThrown(value, error) : error;
      return { failed: true, ...this.#writer.write(reason, "the error"), microseconds };
    }
  }
}

let runner: Runner | undefined;
const ambient = new AsyncLocalStorage<TaskContext>();

/** The initializer of the pool's workers. Modules that were named are loaded now, so that a missing one is known early. */
export async function startRunner(options: RunnerOptions): Promise<void> {
  runner = new Runner(options);
  provideCurrentTask(() => ambient.getStore());
  await runner.modules.load(options.modules ?? []);
}

/** @throws RuntimeError when this process has none */
export function runnerOf(): Runner {
  if (runner !== undefined) return runner;
  throw new RuntimeError("A call expected startRunner() to have been called.");
}

/** Runs it as the pool's own call is run, with its signal, and with what the submitter has said. */
export function withContext<R>(call: CallInContext, run: () => R): R {
  const { name, attempt, randomFrom, shareSoFar = (share) => share } = call;
  const pool = currentTask() as TaskContext;
  const context: TaskContext = {
    name,
    attempt,
    random: taskRandom(randomFrom),
    workerId: pool.workerId,
    signal: pool.signal,
    reportProgress: (done, total) => {
      const share = checkProgress(done, total);
      if (share !== undefined) pool.reportProgress(shareSoFar(share), 1);
    },
    get cancelled() {
      return pool.cancelled;
    },
  };
  return ambient.run(context, run);
}

/** An error that cannot be sent as it is: its text, and why. */
function describeThrown(thrown: unknown, reason: unknown): Error {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : safeText(thrown);
  return new Error(`A value that cannot be sent was thrown: ${text}`, { cause: String(reason) });
}

function safeText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
