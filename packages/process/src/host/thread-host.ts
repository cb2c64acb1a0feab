import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads";
import { asParent } from "../identity.ts";
import { ModuleLoadLock } from "../module-load-lock.ts";
import { makeLogMemory, type ResultLog, sharedLog } from "../results/written-results.ts";
import { makeSlots, type Slots } from "../slots.ts";
import { phaseLeaving, phaseListening, type ThreadData } from "../thread-data.ts";
import type { ToWorker } from "../wire.ts";
import { type CheckedMessage, checkFromWorker } from "./check-message.ts";
import { hasEnded } from "./has-ended.ts";
import { joinResults } from "./join-results.ts";
import { ownEntry } from "./own-program.ts";
import { type StartedThread, startThread } from "./start-thread.ts";
import { registerThread } from "./thread-registry.ts";
import { ThreadTermination } from "./thread-termination.ts";
import type { HostDeath, HostEvents, HostKind, HostOptions, WorkerHost } from "./worker-host.ts";

/** How often a blocked thread looks whether a worker has died without waking us, as one out of memory does. */
const lookAgainAfter = 50;

/** Messages taken in one turn of the event loop: a worker may send faster than they are dealt with. */
const mostAtOnce = 1_000;

/** Worker threads, started and ended by piscina. One of these per pool: its workers share a wake word. */
export class ThreadKind implements HostKind {
  readonly name = "thread";
  readonly sharesMemory = true;
  readonly #wakeWord: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  // The wake word when the messages were last looked through: a change in between ends the wait at once.
  #seenWakes = 0;

  start(options: HostOptions, events: HostEvents): WorkerHost {
    return new ThreadHost(options, events, this.#wakeWord);
  }

  waitSync(hosts: readonly WorkerHost[], milliseconds: number): void {
    for (const host of hosts) (host as ThreadHost).connectSync();
    Atomics.wait(this.#wakeWord, 0, this.#seenWakes, Math.min(milliseconds, lookAgainAfter));
    this.#seenWakes = Atomics.load(this.#wakeWord, 0);
  }
}

/**
 * One thread. It is started with our entry as piscina's task file; the entry then takes the thread over and is handed a
 * port of ours, so that messages need not go through piscina's queue.
 */
class ThreadHost implements WorkerHost {
  readonly slots: Slots = makeSlots();
  readonly claims = undefined;
  readonly results: ResultLog;
  threadId = 0;
  readonly #port: MessagePort;
  readonly #events: HostEvents;
  readonly #startPhase: Int32Array = new Int32Array(new SharedArrayBuffer(8));
  readonly #outgoingCount: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  readonly #loadLock: ModuleLoadLock = new ModuleLoadLock();
  // Missing when no thread could be made.
  #started: StartedThread | undefined;
  #thread: Worker | undefined;
  readonly #termination: ThreadTermination;
  #farPort: MessagePort | undefined;
  #death: HostDeath | undefined;
  #error: unknown;
  #failed = false;
  #told = false;

  constructor(options: HostOptions, events: HostEvents, wakeWord: Int32Array) {
    const entry = ownEntry(() => new URL("../worker/thread-entry.cjs", import.meta.url));
    const resultLog = makeLogMemory();
    this.results = sharedLog(resultLog);
    const data: ThreadData = {
      slots: this.slots,
      resultLog,
      wakeWord,
      outgoingCount: this.#outgoingCount,
      startPhase: this.#startPhase,
      loadLock: this.#loadLock.memory,
      workerId: options.workerId,
      parent: asParent(),
    };
    this.#events = events;
    this.#termination = new ThreadTermination({
      name: `Thread worker ${options.workerId}`,
      end: () => this.#end(),
      writtenOff: () => this.#writtenOff(),
    });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#farPort = port2;
    port1.on("message", (raw: unknown) => this.#receive(raw));
    port1.on("messageerror", (error: Error) => this.fail(error));
    port1.unref();
    try {
      this.#start(entry, options, data);
    } catch (error) {
      // Options that threads refuse, no permission, no memory: told like a death, and never from within the constructor.
      this.#error = error;
      setImmediate(() => this.#exited(1));
    }
  }

  #start(entry: URL, options: HostOptions, data: ThreadData): void {
    const started = startThread(entry, data, options);
    const { thread } = started;
    this.#started = started;
    this.#thread = thread;
    this.threadId = thread.threadId;
    registerThread(thread);
    thread.on("message", () => this.connectSync());
    thread.on("error", (error: unknown) => {
      this.#error = error;
    });
    thread.on("exit", (exitCode: number) => this.#exited(exitCode));
    thread.unref();
  }

  get pid(): number {
    return process.pid;
  }

  /** Hands the entry its port as soon as it listens. */
  connectSync(): void {
    if (this.#farPort === undefined || Atomics.load(this.#startPhase, 0) !== phaseListening) return;
    const port = this.#farPort;
    this.#farPort = undefined;
    this.#thread?.postMessage({ port }, [port]);
  }

  post(message: ToWorker, transfer?: readonly object[]): void {
    this.#port.postMessage(message, transfer as never[] | undefined);
    Atomics.add(this.#outgoingCount, 0, 1);
    Atomics.notify(this.#outgoingCount, 0);
  }

  /** A message, and those that lie in the port already: an event for each would cost five times as much. */
  #receive(raw: unknown): void {
    const messages: CheckedMessage[] = [];
    const first = this.#check(raw);
    if (first !== undefined) messages.push(first);
    while (messages.length < mostAtOnce) {
      const next = this.receiveSync();
      if (next === undefined) break;
      messages.push(next);
    }
    for (const message of joinResults(messages)) if (!this.#failed) this.#events.message(message);
  }

  receiveSync(): CheckedMessage | undefined {
    try {
      const received = receiveMessageOnPort(this.#port);
      return received && this.#check(received.message);
    } catch (error) {
      // It cannot be read here, such as one that is nested more deeply than this stack goes.
      this.fail(error);
      return undefined;
    }
  }

  deathSync(lookCloser: boolean): HostDeath | undefined {
    if (this.#death === undefined) {
      if (this.#thread === undefined) this.#death = { exitCode: 1, signal: null, error: this.#error };
      else if (Atomics.load(this.#startPhase, 0) === phaseLeaving) {
        this.#death = { exitCode: Atomics.load(this.#startPhase, 1), signal: null };
      } else if (this.#termination.overdue) {
        this.#death = this.#failed
          ? { exitCode: null, signal: null, error: this.#error, failed: true }
          : { exitCode: null, signal: null, stuck: true };
      } else if (lookCloser && hasEnded(this.#thread)) {
        this.#death = { exitCode: 1, signal: null };
      }
    }
    return this.#death;
  }

  ref(): void {
    this.#port.ref();
    this.#thread?.ref();
  }

  unref(): void {
    this.#port.unref();
    this.#thread?.unref();
  }

  terminate(): void {
    this.#termination.start();
  }

  kill(): void {
    this.terminate();
  }

  fail(error: unknown): void {
    if (this.#failed || this.#death !== undefined) return;
    this.#failed = true;
    this.#error ??= error;
    this.terminate();
  }

  /** The message, checked; one that is none is the worker's end. */
  #check(raw: unknown): CheckedMessage | undefined {
    if (this.#failed) return undefined;
    try {
      return checkFromWorker(raw);
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  #end(): boolean {
    if (!this.#loadLock.close()) return false;
    this.#started?.end();
    return true;
  }

  #writtenOff(): void {
    this.#thread?.unref();
    this.#exited(null);
  }

  #exited(exitCode: number | null): void {
    if (this.#told) return;
    this.#told = true;
    this.#termination.ended();
    // The caller of deathSync() knows already; reporting it twice is harmless.
    const error = this.#error === undefined ? {} : { error: this.#error };
    this.#death = { exitCode, signal: null, ...error, failed: this.#failed, stuck: exitCode === null };
    // Messages that it sent before it ended may still lie in the port.
    for (let message = this.receiveSync(); message !== undefined; message = this.receiveSync())
      this.#events.message(message);
    this.#close();
    this.#events.exit(this.#death);
  }

  #close(): void {
    this.#port.close();
    this.#farPort?.close();
    this.#started?.end();
  }
}
