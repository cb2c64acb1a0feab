import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, readSync } from "node:fs";
import type { Socket } from "node:net";
import { Deadline } from "@concurrent-futures/core/deadline";
import { ClaimReader, openClaimFile } from "../claim-file.ts";
import { FrameReader, frame, writeSome } from "../frames.ts";
import { asArguments, asParent } from "../identity.ts";
import { readError } from "../read-error.ts";
import type { ResultLog } from "../results/written-results.ts";
import { makeSlots, type Slots } from "../slots.ts";
import type { ToWorker } from "../wire.ts";
import type { CheckedMessage } from "./check-message.ts";
import { childArguments } from "./child-arguments.ts";
import { ChildOutput, outputStdio } from "./child-output.ts";
import { handChecked } from "./join-results.ts";
import { ownEntry, startOwnProcess } from "./own-program.ts";
import type { HostDeath, HostEvents, HostKind, HostOptions, WorkerHost } from "./worker-host.ts";

/** How long a process that was sent SIGTERM may live on, in milliseconds. */
const termGrace = 500;

/** How long SIGKILL may take to arrive, in milliseconds. */
const killTime = 5;

/** How often a blocked thread looks for messages, in milliseconds. A pipe cannot wake a wait on shared memory. */
const pollInterval = 0.2;

/** How often a message that did not fit the pipe is tried again, in milliseconds: at 200 KB a time, 200 MB a second. */
const retryInterval = 1;

/** How long a message may stand still after its first byte, in milliseconds: a worker writes it in one go. */
const stalledAfter = 10_000;

const sleepWord: Int32Array = new Int32Array(new SharedArrayBuffer(4));

/** Operating-system processes. */
export class SpawnKind implements HostKind {
  readonly name = "spawn";
  readonly sharesMemory = false;

  start(options: HostOptions, events: HostEvents): WorkerHost {
    return new SpawnHost(options, events);
  }

  waitSync(hosts: readonly WorkerHost[], milliseconds: number): void {
    const end = performance.now() + milliseconds;
    do {
      for (const host of hosts) if ((host as SpawnHost).arrivedSync()) return;
      Atomics.wait(sleepWord, 0, 0, pollInterval);
    } while (performance.now() < end);
  }
}

/**
 * One process. Descriptor 3 is a socket pair with frames both ways. Descriptor 4 is a file without a name, in which the
 * child writes how its calls stand (`claim-file.ts`): it survives whatever ends the child, so that the call at fault is known.
 */
class SpawnHost implements WorkerHost {
  readonly slots: Slots = makeSlots();
  readonly threadId = 0;
  readonly #events: HostEvents;
  readonly #child: ChildProcess | undefined;
  readonly #socket: Socket | undefined;
  readonly #output: ChildOutput | undefined;
  readonly #claimFile: number = -1;
  readonly claims: ClaimReader;
  readonly results: ResultLog;
  readonly #reader: FrameReader = new FrameReader();
  readonly #arrived: CheckedMessage[] = [];
  // Frames that did not fit the pipe yet, in order.
  #outbox: Uint8Array[] = [];
  #retry: NodeJS.Timeout | undefined;
  #killer: NodeJS.Timeout | undefined;
  #error: unknown;
  #failed = false;
  #stopWatching = (): void => {};
  #lost = false;
  #over = false;

  constructor(options: HostOptions, events: HostEvents) {
    this.#events = events;
    try {
      this.#claimFile = openClaimFile();
      const entry = ownEntry(() => new URL("../worker/spawn-entry.cjs", import.meta.url));
      this.#child = startOwnProcess(entry, (program, stdin) =>
        spawn(
          process.execPath,
          [...childArguments(options), ...program, String(options.workerId), ...asArguments(asParent())],
          {
            stdio: [stdin, ...outputStdio(options), "pipe", this.#claimFile],
            env: options.env ?? process.env,
            serialization: "advanced",
          },
        ),
      );
      this.#socket = this.#child.stdio[3] as unknown as Socket;
      this.#output = new ChildOutput(this.#child, options, (message) => events.message(message));
    } catch (error) {
      this.#error = error;
    }
    this.claims = new ClaimReader(this.#claimFile, this.slots);
    this.results = this.claims;
    // No descriptors, no memory, no such program: told like a death, and never from within the constructor.
    if (this.#child?.pid === undefined) {
      this.#child?.on("error", (error) => {
        this.#error = error;
      });
      setImmediate(() => this.#exited(null, null));
      return;
    }
    this.#child.on("error", (error) => {
      this.#error = error;
    });
    this.#child.on("exit", (exitCode, signal) => this.#exited(exitCode, signal));
    this.#socket?.on("data", (piece: Buffer) => this.#accept(piece));
    // A broken pipe is a dead child, which its exit tells.
    this.#socket?.on("error", () => {});
    this.#socket?.on("close", () => this.#endSoon());
    this.unref();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  post(message: ToWorker, transfer: readonly object[] = []): void {
    const bytes = frame(message);
    // Nothing moves to another process, but who moved it must not go on using it.
    if (transfer.length > 0) structuredClone(null, { transfer: transfer as ArrayBuffer[] });
    this.#outbox.push(bytes);
    this.#flush();
  }

  receiveSync(): CheckedMessage | undefined {
    this.#readSync();
    return this.#arrived.shift();
  }

  deathSync(): HostDeath | undefined {
    if (this.#over) return this.#death(null, null);
    this.#readSync();
    if (!this.#lost) return undefined;
    this.#error ??= new Error("its connection ended while this thread was blocked");
    // One that has only closed its end must begin nothing more: what it has not begun will run elsewhere.
    this.kill();
    Atomics.wait(sleepWord, 0, 0, killTime);
    return this.#death(null, null);
  }

  /** Whether there is something to receive, or nothing more will come. */
  arrivedSync(): boolean {
    this.#flush();
    this.#output?.readNow();
    this.#readSync();
    return this.#arrived.length > 0 || this.#lost;
  }

  ref(): void {
    this.#child?.ref();
    this.#socket?.ref();
  }

  unref(): void {
    this.#child?.unref();
    this.#socket?.unref();
  }

  terminate(): void {
    if (this.#over || this.#child === undefined) return;
    this.#child.kill("SIGTERM");
    // A stopped process, or one that handles SIGTERM, stays: it is ended for good.
    this.#killer ??= setTimeout(() => this.kill(), termGrace);
  }

  kill(): void {
    if (!this.#over) this.#child?.kill("SIGKILL");
  }

  fail(error: unknown): void {
    if (this.#failed || this.#over) return;
    this.#failed = true;
    this.#lost = true;
    this.#stopWatching();
    this.#error ??= error;
    this.#arrived.length = 0;
    this.kill();
  }

  /** Its connection has ended, as it does with the process; one that lives on can neither be given work nor be heard. */
  #endSoon(): void {
    if (this.#over) return;
    this.#killer ??= setTimeout(
      () => this.fail(new Error("The worker has closed its connection")),
      termGrace,
    );
  }

  get #descriptor(): number {
    // The socket's own descriptor, to read and write without the event loop: Node has no documented way to it.
    return (this.#socket as unknown as { _handle?: { fd?: number } } | undefined)?._handle?.fd ?? -1;
  }

  #accept(piece: Uint8Array): void {
    this.#take(piece, (message) => this.#events.message(message));
  }

  /** Hands on the messages that are whole with this piece; one that is none is the worker's end. */
  #take(piece: Uint8Array, hand: (message: CheckedMessage) => void): void {
    if (this.#failed) return;
    this.#stopWatching();
    try {
      handChecked(this.#reader.push(piece), (message) => {
        if (message.kind === "dying") this.#error = readError(message.error);
        else if (!this.#failed) hand(message);
      });
    } catch (error) {
      this.fail(error);
      return;
    }
    if (!this.#reader.partial) return;
    const stalled = (): void =>
      this.fail(new Error(`The worker has not finished a message in ${stalledAfter} ms`));
    this.#stopWatching = new Deadline(stalledAfter).whenPassed(stalled);
  }

  /** Reads what has arrived, without waiting. */
  #readSync(): void {
    const descriptor = this.#descriptor;
    if (descriptor < 0 || this.#failed) {
      this.#lost = true;
      return;
    }
    const buffer = Buffer.allocUnsafe(65_536);
    for (;;) {
      let count: number;
      try {
        count = readSync(descriptor, buffer);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") this.#lost = true;
        return;
      }
      if (count === 0) {
        this.#lost = true;
        return;
      }
      const piece = Buffer.from(buffer.subarray(0, count));
      this.#take(piece, (message) => this.#arrived.push(message));
      if (this.#failed) return;
    }
  }

  #flush(): void {
    clearTimeout(this.#retry);
    while (this.#outbox.length > 0) {
      const bytes = this.#outbox[0] as Uint8Array;
      let written = 0;
      try {
        written = writeSome(this.#descriptor, bytes);
      } catch (error) {
        // A broken pipe is a dead child, which its exit tells.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      }
      if (written === bytes.length) this.#outbox.shift();
      else {
        if (written > 0) this.#outbox[0] = bytes.subarray(written);
        else {
          this.#retry = setTimeout(() => this.#flush(), retryInterval);
          return;
        }
      }
    }
  }

  #exited(exitCode: number | null, signal: string | null): void {
    if (this.#over) return;
    clearTimeout(this.#killer);
    clearTimeout(this.#retry);
    this.#stopWatching();
    // What it sent before it ended may still lie in the pipe.
    this.#readSync();
    for (const message of this.#arrived.splice(0)) this.#events.message(message);
    const death = this.#death(exitCode, signal);
    this.#over = true;
    this.#socket?.destroy();
    this.#events.exit(death);
    this.claims.close();
    if (this.#claimFile >= 0) closeSync(this.#claimFile);
  }

  #death(exitCode: number | null, signal: string | null): HostDeath {
    return {
      exitCode,
      signal,
      ...(this.#error !== undefined && { error: this.#error }),
      ...(this.#failed && { failed: true }),
      ...this.#output?.lastWords(),
    };
  }
}
