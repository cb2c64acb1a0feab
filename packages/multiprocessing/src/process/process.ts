import { threadId as ownThreadId } from "node:worker_threads";
import { pack, reduce, reference, revive } from "@concurrent-futures/callable/load";
import { type AnyFunction, SerializationError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { ownName } from "@concurrent-futures/process/workers";
import { type Authkey, keyBytes } from "../connection/auth.ts";
import { AssertionError } from "../errors.ts";
import { processKey, setAuthkey } from "../managers/authkey.ts";
import { getStartMethod, type StartMethod, startMethod } from "../start-method.ts";
import { showsAsText } from "../travel.ts";
import type { StartChild } from "./child.ts";
import { addChild, removeChild } from "./children.ts";
import { Life } from "./life.ts";
import { checkDaemon, checkName, checkProcessOptions, type ProcessOptions } from "./process-options.ts";
import { assertBootstrapped, nextPath, ownSelf } from "./self.ts";
import type { Sentinel } from "./sentinel.ts";
import { startProcess } from "./spawn-child.ts";
import { startThread } from "./thread-child.ts";

/** What of a process goes to its child. */
interface ProcessState {
  readonly target: AnyFunction | undefined;
  readonly args: readonly unknown[];
  readonly name: string;
  readonly daemon: boolean;
  readonly path: readonly number[];
  /** The fields that a subclass has added. */
  readonly own: Readonly<Record<string, unknown>>;
}

const starters: Readonly<Record<StartMethod, StartChild>> = { thread: startThread, spawn: startProcess };

/** How long a process that was told to end at the end of a block may take, in milliseconds. */
const terminationGrace = 500;

/** The process that is being started: only then may it travel. */
let starting: Process | undefined;

/** What a process is made from in its child, where its own constructor does not run. */
let arriving: ProcessState | undefined;

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
export class Process<A extends readonly unknown[] = []> implements AsyncDisposable {
  readonly #target: AnyFunction | undefined;
  readonly #args: readonly unknown[];
  readonly #path: readonly number[];
  readonly #method: StartMethod | undefined;
  #name: string;
  #daemon: boolean;
  #authkey: Uint8Array | undefined;
  readonly #life: Life;

  /**
   * @param options - what it runs, and how.
   * @throws ArgumentTypeError, ValueError for wrong options
   */
  constructor(options: ProcessOptions<A> = {} as ProcessOptions<A>) {
    if (arriving !== undefined) {
      const { target, args, name, daemon, path, own } = arriving;
      this.#target = target;
      this.#args = args;
      this.#path = path;
      this.#name = name;
      this.#daemon = daemon;
      this.#life = new Life("current");
      Object.assign(this, own);
      return;
    }
    const { target, args, name, daemon, context } = checkProcessOptions(options);
    this.#target = target;
    this.#args = args;
    this.#path = nextPath();
    this.#method = context;
    this.#name = name ?? `${this.constructor.name}-${this.#path.join(":")}`;
    this.#daemon = daemon ?? ownSelf().daemon;
    this.#life = new Life("initial");
  }

  static {
    Object.defineProperty(Process, reference, { value: { module: import.meta.url, path: ["Process"] } });
    Object.defineProperty(Process, revive, {
      value(this: typeof Process, state: ProcessState): Process {
        arriving = state;
        try {
          // The fields are made by this class; the subclass gives only its methods.
          return Reflect.construct(Process, [], this) as Process;
        } finally {
          arriving = undefined;
        }
      },
    });
    Object.defineProperty(Process.prototype, reduce, {
      value(this: Process): ProcessState {
        if (starting !== this) {
          throw new SerializationError(
            "A Process cannot be passed on: only who made it can start and join it. Pass its pid, or a queue or pipe to talk to it.",
          );
        }
        return {
          target: this.#target,
          args: this.#args,
          name: this.#name,
          daemon: this.#daemon,
          path: this.#path,
          own: { ...this },
        };
      },
    });
    showsAsText(Process);
  }

  /** For `currentProcess()`: the main program, or the worker of a pool. */
  static current(): Process {
    const { name, daemon, path } = ownSelf();
    arriving = { target: undefined, args: [], name, daemon, path, own: {} };
    try {
      return new Process();
    } finally {
      arriving = undefined;
    }
  }

  /** What the process does: calls its target. Override it in a subclass; the subclass's own fields travel with it. */
  run(): unknown {
    return this.#target?.(...(this.#args as never[]));
  }

  /**
   * Starts it. Once, and only where it was made.
   *
   * @throws AssertionError when it was started before, or in a daemon; SerializationError when its target, an argument or a
   * field of the subclass cannot travel; OSError when the system has no room for a process; RuntimeError while this process
   * is still loading its own program; ValueError after {@link close}.
   */
  start(): void {
    this.#life.assertOpen();
    if (this.#life.state !== "initial") throw new AssertionError("cannot start a process twice");
    if (ownSelf().daemon) throw new AssertionError("daemonic processes are not allowed to have children");
    assertBootstrapped();
    const method = this.#method ?? (this.constructor as typeof Process).startMethod ?? startMethod();
    const transfer: object[] = [];
    const process = this.#pack(transfer, method);
    const child = starters[method]({
      name: this.#name,
      daemon: this.#daemon,
      transfer,
      program: {
        process,
        name: this.#name,
        parent: { name: ownName(), pid: globalThis.process.pid },
        startMethod: getStartMethod({ allowNone: true }),
        authkey: this.authkey,
      },
      onExit: (code) => {
        this.#life.end(code);
        removeChild(this as Process);
      },
    });
    this.#life.begin(child, this.#daemon);
    addChild(this as Process);
  }

  /**
   * Resolves when it has ended, or the time is up: `exitcode` tells which. It keeps this process alive, also for a daemon.
   *
   * @param timeout - milliseconds; `undefined` waits for ever, 0 or less does not wait.
   * @throws AssertionError before {@link start}; ValueError after {@link close}; all by rejection.
   */
  async join(timeout?: number): Promise<void> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    this.#life.assertOpen();
    await this.#life.join(deadline);
  }

  /** Whether it runs. @throws ValueError after {@link close} */
  isAlive(): boolean {
    this.#life.assertOpen();
    return this.#life.state === "started" || this.#life.state === "current";
  }

  /** Ends it: a process by SIGTERM, a thread at once. What it holds open is not cleaned up. Does nothing when it has ended. */
  terminate(): void {
    this.#life.assertOpen();
    this.#life.running?.terminate();
  }

  /** As {@link terminate}, whatever it does: a process by SIGKILL. */
  kill(): void {
    this.#life.assertOpen();
    this.#life.running?.kill();
  }

  /**
   * As Ctrl-C would: SIGINT. Its `process.on("SIGINT")` listeners run; without any it ends, with exit code -2 (in Python 1, or
   * -2). A thread without listeners is ended too, as is one that has not turned its event loop within half a second.
   */
  interrupt(): void {
    this.#life.assertOpen();
    this.#life.running?.interrupt();
  }

  /**
   * Says that it is not needed any more: afterwards only its name can be asked for. A second time does nothing.
   *
   * @throws ValueError while it runs
   */
  close(): void {
    this.#life.close();
  }

  /** Leaving an `await using` block: terminates it if it runs, or else kills it, and waits for its end. Python has no such block. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#life.state !== "started") return;
    this.terminate();
    await this.join(terminationGrace);
    this.kill();
    await this.join();
  }

  /** Its name, which only serves to tell processes apart. @throws AssertionError when set to what is not a string */
  get name(): string {
    return this.#name;
  }

  set name(name: string) {
    this.#name = checkName(name);
  }

  /**
   * Whether it ends with its parent, which does not wait for it. A daemon cannot start processes itself.
   *
   * @throws AssertionError when set after {@link start}
   */
  get daemon(): boolean {
    return this.#daemon;
  }

  set daemon(daemon: boolean) {
    if (this.#life.state !== "initial") throw new AssertionError("process has already started");
    this.#daemon = checkDaemon(daemon);
  }

  /** The secret that its connections use by default: this program's own, unless it was set (Python: `authkey`). */
  get authkey(): Uint8Array {
    return this.#authkey ?? processKey();
  }

  set authkey(authkey: Authkey) {
    if (this.#life.state === "current") setAuthkey(authkey);
    else this.#authkey = Uint8Array.from(keyBytes(authkey));
  }

  /** The id of its process; for a thread that of this process, which it is in. `null` before {@link start}. @throws ValueError after {@link close} */
  get pid(): number | null {
    this.#life.assertOpen();
    return this.#life.state === "current" ? globalThis.process.pid : (this.#life.child?.pid ?? null);
  }

  /** The same as {@link pid}, as in Python. */
  get ident(): number | null {
    return this.pid;
  }

  /** Node's number of its thread; 0 for a process, `null` before {@link start}. */
  get threadId(): number | null {
    this.#life.assertOpen();
    return this.#life.state === "current" ? ownThreadId : (this.#life.child?.threadId ?? null);
  }

  /**
   * `null` while it runs; then its exit code: 0, what `process.exit(code)` said, 1 after an uncaught error, 13 when its last
   * promise could never settle, or minus the number of the signal that ended it: -15 after {@link terminate}, -9 after
   * {@link kill}, for threads too.
   *
   * @throws ValueError after {@link close}
   */
  get exitcode(): number | null {
    this.#life.assertOpen();
    return this.#life.exitcode;
  }

  /** For `wait(objects)`: ready when it has ended. @throws ValueError before {@link start} and after {@link close} */
  get sentinel(): Sentinel {
    this.#life.assertOpen();
    return this.#life.sentinel;
  }

  toString(): string {
    return `<${this.constructor.name} name='${this.#name}' ${this.#life}${this.#daemon ? " daemon" : ""}>`;
  }

  /** The start method of this class; those of a context have one. */
  static get startMethod(): StartMethod | undefined {
    return undefined;
  }

  #pack(transfer: object[], method: StartMethod): unknown {
    starting = this as Process;
    try {
      return pack(this, transfer, method, "the process");
    } finally {
      starting = undefined;
    }
  }
}
