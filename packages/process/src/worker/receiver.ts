import { beforeCodec, load, packError, unpack } from "@concurrent-futures/callable/load";
import { provideCurrentTask } from "@concurrent-futures/core/current-task";
import { provideNestedLink } from "../nested-link.ts";
import { checkCount } from "../slots.ts";
import type { InitMessage, RunMessage, ToWorker } from "../wire.ts";
import { mendBuiltins } from "./builtins.ts";
import { captureOutput } from "./captured-output.ts";
import { FunctionTable } from "./function-table.ts";
import { leave } from "./leave.ts";
import { WorkerNestedLink } from "./nested-link.ts";
import { OpenCalls } from "./open-calls.ts";
import { RunLoop } from "./run-loop.ts";
import { SharedArrivals } from "./shared-arrivals.ts";
import type { Transport } from "./transport.ts";

// As it is when the worker starts: a task may replace it.
const { isArray } = Array;

/** What the pool says to this worker, and who does it. */
export class Receiver {
  readonly #transport: Transport;
  readonly #functions: FunctionTable = new FunctionTable(load);
  readonly #open: OpenCalls = new OpenCalls();
  readonly #shared: SharedArrivals = new SharedArrivals(() => this.#loop.run());
  readonly #link: WorkerNestedLink;
  readonly #loop: RunLoop;
  readonly #deferred: ToWorker[] = [];
  #initializing = false;

  constructor(transport: Transport) {
    this.#transport = transport;
    beforeCodec(mendBuiltins);
    this.#link = new WorkerNestedLink(transport, this.#open, {
      waits: () => this.#loop.kept.comeBack(),
      initializing: () => this.#initializing,
      deferred: (message) => this.#defer(message),
      stop: (call, reason) => this.#loop.kept.stop(call, reason),
    });
    this.#loop = new RunLoop(transport, this.#functions, this.#open, this.#link, {
      held: () => this.#initializing || this.#shared.unfinished,
    });
    provideNestedLink(this.#link);
    transport.send({ kind: "up" }, []);
    provideCurrentTask(() => this.#loop.currentTask());
  }

  /** Whether all that it has received is done. */
  get idle(): boolean {
    return this.#loop.idle && this.#link.unanswered === 0 && !this.#initializing;
  }

  receive(message: ToWorker): void {
    if (this.#deferred.length > 0) this.#catchUp();
    if (this.#open.interleave) this.#loop.kept.turned();
    this.#take(message);
  }

  /** It has come while a call was blocked: it is its turn when that call lets go. */
  #defer(message: ToWorker): void {
    if (this.#deferred.push(message) === 1) setImmediate(() => this.#catchUp());
  }

  #catchUp(): void {
    for (const message of this.#deferred.splice(0)) this.#take(message);
  }

  #take(message: ToWorker): void {
    if (isRun(message)) {
      checkCount(message[2]);
      const extras = message[6];
      if (extras !== undefined) {
        mendBuiltins();
        this.#functions.define(extras.define, extras.forget);
      }
      this.#loop.add(message);
      return;
    }
    mendBuiltins();
    switch (message.kind) {
      case "share":
        this.#shared.add(message);
        break;
      case "unshare":
        this.#shared.delete(message.id);
        break;
      case "init":
        void this.#initialize(message);
        break;
      case "stop":
        this.#loop.stop(message);
        break;
      case "abandon":
        this.#loop.abandon(message);
        break;
      case "nested-outcomes":
        this.#link.answered(message.outcomes);
        break;
      case "capture-output":
        captureOutput(this.#transport, () => this.#loop.currentTask()?.name);
        break;
      case "nested-mode":
        this.#link.setMode(message);
        break;
      case "nested-answer":
        break;
      case "places":
        this.#open.places = message.count;
        this.#open.beginToInterleave();
        break;
      case "end":
        this.#loop.whenDone(() => void leave(this.#transport, message.finalizer));
        break;
    }
  }

  async #initialize(message: InitMessage): Promise<void> {
    this.#initializing = true;
    try {
      const fn = await load(message.ref);
      const args = await Promise.all(message.args.map((value) => unpack(value)));
      await fn(...(args as never[]));
    } catch (error) {
      this.#transport.send({ kind: "init-failed", error: packError(error) }, []);
      return;
    }
    this.#initializing = false;
    this.#transport.send({ kind: "initialized" }, []);
    this.#loop.run();
  }
}

function isRun(message: ToWorker): message is RunMessage {
  return isArray(message);
}
