import {
  describe,
  hasPrivateFields,
  inRole,
  pack,
  reduce,
  reference,
  revive,
} from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { asParent, assertBootstrapped, requireNode } from "@concurrent-futures/process/workers";
import { type Authkey, keyBytes } from "../connection/authkey-option.ts";
import { AssertionError } from "../errors.ts";
import { type StartMethod, startMethod } from "../start-method.ts";
import { showsAsText } from "../transfer.ts";
import { processKey, setAuthkey } from "./authkey.ts";
import type { Program, StartChild } from "./child.ts";
import { childInfo, nextPath } from "./child-info.ts";
import { addChild, removeChild } from "./children.ts";
import { ProcessHandle } from "./process-handle.ts";
import { ProcessLifecycle } from "./process-lifecycle.ts";
import { checkDaemon, checkName, checkProcessOptions, type ProcessOptions } from "./process-options.ts";
import { ProcessPrinter } from "./process-output.ts";
import { type ProcessState, processState, setProcessState } from "./process-state.ts";
import { startProcess } from "./spawn-child.ts";
import { startThread } from "./thread-child.ts";

/** What of a process goes to its child, when a subclass has its own `run()`. */
type TransferredProcess = Pick<ProcessState, "target" | "args" | "name" | "daemon" | "path"> & {
  /** The fields that a subclass has added. */
  readonly own: Readonly<Record<string, unknown>>;
};

const starters: Readonly<Record<StartMethod, StartChild>> = { thread: startThread, spawn: startProcess };

/**
 * A function that runs in a thread or process of its own (Python: `multiprocessing.Process`). It ends when the function has
 * returned, its promise is settled and nothing else is left to wait for, as every Node program does.
 *
 * Differs from Python: what blocks is a promise; `exitcode`, `pid` and `ident` are `null` where they are `None` there; a
 * process that is not a daemon keeps its parent alive until it ends, but when the parent ends early, by `process.exit()` or a
 * signal, its children end with it within a second.
 *
 * @example
 * ```ts
 * const process = new Process({ target: greet, args: ["world"] });
 * process.start();
 * await process.join();
 * console.log(process.exitcode); // 0
 * ```
 */
export class Process<A extends readonly unknown[] = []> extends ProcessHandle {
  /**
   * @param options - what it runs, and how.
   * @throws ArgumentTypeError, ValueError for wrong options
   */
  constructor(options: ProcessOptions<A> = {} as ProcessOptions<A>) {
    requireNode("A Process");
    super();
    const { target, args, name, daemon, context, output } = checkProcessOptions(options);
    const path = nextPath();
    setProcessState(this, {
      lifecycle: new ProcessLifecycle("initial"),
      target,
      args,
      path,
      method: context,
      output,
      name: name ?? `${this.constructor.name}-${path.join(":")}`,
      daemon: daemon ?? childInfo()?.daemon ?? false,
    });
  }

  static {
    Object.defineProperty(Process, reference, { value: { module: import.meta.url, path: ["Process"] } });
    Object.defineProperty(Process, revive, {
      value(this: typeof Process, { own, ...state }: TransferredProcess): Process {
        const made = Object.create(this.prototype) as Process;
        setProcessState(made, { ...state, lifecycle: new ProcessLifecycle("current") });
        return Object.assign(made, own);
      },
    });
    Object.defineProperty(Process.prototype, reduce, {
      value(): never {
        throw new SerializationError(
          "A Process cannot be sent to a worker: only the code that created it can start and join it. Pass its pid, or a queue or pipe to talk to it.",
        );
      },
    });
    showsAsText(Process);
  }

  /** What the process does: calls its target. Override it in a subclass; the subclass's own fields travel with it. */
  run(): unknown {
    const { target, args } = processState(this);
    return target?.(...(args as never[]));
  }

  /**
   * Starts it. Once, and only where it was made.
   *
   * @throws AssertionError when it was started before, or in a daemon; SerializationError when its target, an argument or a
   * field of the subclass cannot be sent; OSError when the system has no room for a process; RuntimeError while this process
   * is still loading its own program; ValueError after {@link close}.
   */
  start(): void {
    this.lifecycle.assertOpen();
    if (this.lifecycle.state !== "initial") throw new AssertionError("cannot start a process twice");
    if (childInfo()?.daemon) throw new AssertionError("daemonic processes are not allowed to have children");
    assertBootstrapped("a new process");
    const state = processState(this);
    const { name, daemon, path, output = "inherit" } = state;
    const method = state.method ?? (this.constructor as typeof Process).startMethod ?? startMethod();
    const transfer: object[] = [];
    const work = packWork(this as Process, state, transfer, method);
    const child = starters[method]({
      name,
      daemon,
      transfer,
      printer: output === "inherit" ? undefined : new ProcessPrinter(name, output),
      program: {
        self: {
          name,
          parent: asParent(),
          daemon,
          path,
          startMethod: method,
          authkey: this.authkey,
        },
        work,
      },
      onExit: (code) => {
        this.lifecycle.end(code);
        removeChild(this as Process);
      },
    });
    this.lifecycle.begin(child, daemon);
    addChild(this as Process);
  }

  /** Its name, which only serves to tell processes apart. @throws AssertionError when set to what is not a string */
  get name(): string {
    return processState(this).name;
  }

  set name(name: string) {
    processState(this).name = checkName(name);
  }

  /**
   * Whether it ends with its parent, which does not wait for it. A daemon cannot start processes itself.
   *
   * @throws AssertionError when set after {@link start}
   */
  get daemon(): boolean {
    return processState(this).daemon;
  }

  set daemon(daemon: boolean) {
    if (this.lifecycle.state !== "initial") throw new AssertionError("process has already started");
    processState(this).daemon = checkDaemon(daemon);
  }

  /** The secret that its connections use by default: this program's own, unless it was set (Python: `authkey`). */
  get authkey(): Uint8Array {
    return processState(this).authkey ?? processKey();
  }

  set authkey(authkey: Authkey) {
    if (this.lifecycle.state === "current") setAuthkey(authkey);
    else processState(this).authkey = Uint8Array.from(keyBytes(authkey));
  }

  override toString(): string {
    const { name, daemon, lifecycle } = processState(this);
    return `<${this.constructor.name} name='${name}' ${lifecycle}${daemon ? " daemon" : ""}>`;
  }

  /** The start method of this class; those of a context have one. */
  static get startMethod(): StartMethod | undefined {
    return undefined;
  }
}

function packWork(
  process: Process,
  { target, args, name, daemon, path }: ProcessState,
  transfer: object[],
  method: StartMethod,
): Program["work"] {
  if (callsTarget(process)) {
    return {
      kind: "target",
      target: target && inRole("target", () => describe(target, method)),
      args: args.map((value, at) => pack(value, transfer, method, `argument ${at + 1}`)),
    };
  }
  refusePrivateFields(process.constructor);
  const sent: TransferredProcess = { target, args, name, daemon, path, own: { ...process } };
  const instance = pack({ Class: process.constructor, sent }, transfer, method, "the process");
  return { kind: "instance", instance };
}

/** Whether its `run()` is not a subclass's own. */
function callsTarget(process: Process): boolean {
  return process.run === Process.prototype.run;
}

/** A subclass's constructor does not run in the child, so its private fields would be missing there. */
function refusePrivateFields(Class: Function): void {
  for (let at = Class; at !== Process; at = Object.getPrototypeOf(at) as Function) {
    if (Object.hasOwn(at, reference) || !hasPrivateFields(at)) continue;
    throw new SerializationError(
      `Cannot start a ${Class.name}: its class ${at.name} has private fields (#), which cannot be sent. Use ordinary fields, or \`private\` of TypeScript.`,
    );
  }
}
