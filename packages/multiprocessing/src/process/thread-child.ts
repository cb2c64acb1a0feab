import { constants } from "node:os";
import { inspect } from "node:util";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Transferable,
  type Worker,
} from "node:worker_threads";
import {
  ModuleLoadLock,
  ownEntry,
  registerThread,
  startOwnThread,
  ThreadTermination,
  threadArguments,
} from "@concurrent-futures/process/workers";
import type { Child, ChildOptions, Program } from "./child.ts";
import type { ProcessPrinter } from "./process-output.ts";

/** What a thread's `workerData` holds. */
export interface ThreadProgram {
  readonly program: Program;
  readonly gate: SharedArrayBuffer;
  /** Where `interrupt()` is told. */
  readonly port: MessagePort;
  /** First word: how many interrupts have been heard. Second: 1 when the error that ends the thread has been printed there. */
  readonly statusWords: Int32Array;
  /** Whether the parent takes what it prints: then the error that ends it goes through the port. */
  readonly printed: boolean;
}

const streams = ["stdout", "stderr"] as const;

const { SIGINT, SIGKILL, SIGTERM } = constants.signals;

/** How long a thread that is to be interrupted may go without turning its event loop, in milliseconds. */
const interruptGrace = 500;

/** A worker thread. Signals have no meaning there; its exit codes say what they would have said of a process. */
export function startThread(options: ChildOptions): Child {
  return new ThreadChild(options);
}

class ThreadChild implements Child {
  readonly pid: number = process.pid;
  readonly threadId: number;
  readonly #worker: Worker;
  readonly #gate: ModuleLoadLock = new ModuleLoadLock();
  readonly #port: MessagePort;
  readonly #termination: ThreadTermination;
  readonly #statusWords: Int32Array = new Int32Array(new SharedArrayBuffer(8));
  // Worker.terminate() gives exit code 1, which is also that of an uncaught error.
  #endedBy = 0;
  #interrupts = 0;

  constructor({ name, daemon, program, transfer, printer, onExit }: ChildOptions) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    // Nobody listens for it there.
    port1.on("message", (message: unknown) => {
      if (message === "unheard") this.#end(SIGINT);
      else printer?.take("stderr", String(message));
    });
    port1.unref();
    const workerData: ThreadProgram = {
      program,
      gate: this.#gate.memory,
      port: port2,
      statusWords: this.#statusWords,
      printed: printer !== undefined,
    };
    this.#worker = startOwnThread(
      ownEntry(() => new URL("./thread-entry.cjs", import.meta.url)),
      {
        workerData,
        transferList: [port2, ...(transfer as Transferable[])],
        name,
        ...threadArguments(),
        ...(printer && { stdout: true, stderr: true }),
      },
    );
    if (printer !== undefined) this.#take(printer);
    this.threadId = this.#worker.threadId;
    registerThread(this.#worker);
    if (daemon) this.#worker.unref();
    let failed = false;
    this.#worker.on("error", (error: unknown) => {
      failed = true;
      // The thread prints its own, with its classes; it cannot when it has no memory left, or was never there.
      if (Atomics.load(this.#statusWords, 1) !== 0) return;
      const text = `Process ${name}:\n${inspect(error)}\n`;
      if (printer === undefined) process.stderr.write(text);
      else printer.take("stderr", text);
    });
    let told = false;
    const over = (code: number): void => {
      if (told) return;
      told = true;
      this.#termination.ended();
      if (printer !== undefined) this.#takeLast(printer);
      port1.close();
      // Node says 0 of a thread that could not begin, for want of file descriptors.
      const own = code === 0 && failed ? 1 : code;
      onExit(this.#endedBy === 0 ? own : -this.#endedBy);
    };
    this.#worker.on("exit", over);
    this.#termination = new ThreadTermination({
      name,
      end: () => {
        if (!this.#gate.close()) return false;
        void this.#worker.terminate();
        return true;
      },
      writtenOff: () => {
        this.#worker.unref();
        over(1);
      },
    });
  }

  #take(printer: ProcessPrinter): void {
    for (const stream of streams) {
      this.#worker[stream].setEncoding("utf8");
      this.#worker[stream].on("data", (text: string) => printer.take(stream, text));
    }
  }

  /** It has ended: what it printed and said last lies here already. */
  #takeLast(printer: ProcessPrinter): void {
    // A stream that flows hands on what is read.
    for (const stream of streams) while (this.#worker[stream].read() !== null);
    for (
      let last = receiveMessageOnPort(this.#port);
      last !== undefined;
      last = receiveMessageOnPort(this.#port)
    )
      if (last.message !== "unheard") printer.take("stderr", String(last.message));
    printer.end();
  }

  terminate(): void {
    this.#end(SIGTERM);
  }

  kill(): void {
    this.#end(SIGKILL);
  }

  interrupt(): void {
    const expected = ++this.#interrupts;
    this.#port.postMessage("interrupt");
    setTimeout(() => {
      if (Atomics.load(this.#statusWords, 0) < expected) this.#end(SIGINT);
    }, interruptGrace).unref();
  }

  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }

  #end(signal: number): void {
    if (this.#endedBy === 0) this.#endedBy = signal;
    this.#termination.start();
  }
}
