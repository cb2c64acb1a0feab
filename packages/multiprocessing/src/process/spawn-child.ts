import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants as modes } from "node:fs";
import type { Socket } from "node:net";
import { constants } from "node:os";
import { isAbsolute } from "node:path";
import { RuntimeError } from "@concurrent-futures/core";
import {
  childArguments,
  ForwardedStream,
  frame,
  ownEntry,
  startOwnProcess,
} from "@concurrent-futures/process/workers";
import { OSError } from "../errors.ts";
import type { Child, ChildOptions } from "./child.ts";
import { executable } from "./executable.ts";
import type { ProcessPrinter } from "./process-output.ts";

/** An operating-system process. */
export function startProcess(options: ChildOptions): Child {
  return new SpawnChild(options);
}

class SpawnChild implements Child {
  readonly pid: number;
  readonly threadId = 0;
  readonly #child: ChildProcess;
  // Open as long as this process lives, which is how the child knows that it does.
  readonly #line: Socket;

  constructor({ name, daemon, program, printer, onExit }: ChildOptions) {
    const bytes = frame(program);
    const output = printer === undefined ? "inherit" : "pipe";
    const entry = ownEntry(() => new URL("./spawn-entry.cjs", import.meta.url));
    try {
      this.#child = startOwnProcess(entry, (program, stdin) =>
        spawn(executable(), [...childArguments({}), ...program], {
          stdio: [stdin, output, output, "pipe"],
        }),
      );
    } catch (error) {
      throw notStarted(name, error);
    }
    // Node tells the reason later, by this event: too late for the code that called start().
    this.#child.on("error", () => {});
    if (this.#child.pid === undefined) throw notStarted(name, whyNotExecutable());
    this.pid = this.#child.pid;
    this.#line = this.#child.stdio[3] as unknown as Socket;
    // A broken line is a dead child, which its exit tells.
    this.#line.on("error", () => {});
    this.#line.write(bytes);
    this.#line.unref();
    if (daemon) this.#child.unref();
    const printed = printer === undefined ? [] : forwardAll(this.#child, printer);
    this.#child.on("exit", (code, signal) => {
      this.#line.destroy();
      for (const stream of printed) stream.readNow();
      printer?.end();
      onExit(code ?? -constants.signals[signal as NodeJS.Signals]);
    });
  }

  terminate(): void {
    this.#child.kill("SIGTERM");
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  interrupt(): void {
    this.#child.kill("SIGINT");
  }

  ref(): void {
    this.#child.ref();
  }

  unref(): void {
    this.#child.unref();
  }
}

/** Hands on what a process writes to its standard output and error. */
function forwardAll(child: ChildProcess, printer: ProcessPrinter): ForwardedStream[] {
  return (["stdout", "stderr"] as const).map(
    (stream) => new ForwardedStream(child[stream] as Socket, (text) => printer.take(stream, text)),
  );
}

/** What the operating system says against the executable, as far as that can be asked: names without a path are looked for elsewhere. */
function whyNotExecutable(): unknown {
  if (!isAbsolute(executable())) return undefined;
  try {
    accessSync(executable(), modes.X_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}

function notStarted(name: string, cause?: unknown): OSError {
  if (cause instanceof RuntimeError)
    return new OSError(`The process ${name} could not be started. ${cause.message}`, { cause });
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const why =
    code === "ENOENT" || code === "EACCES"
      ? `${executable()} ${code === "ENOENT" ? "does not exist" : "is not an executable program"}. Pass the path of a Node executable to setExecutable().`
      : `are there file descriptors, processes and memory left, and is ${executable()} a program?`;
  return new OSError(
    `The operating system could not start the process ${name}: ${why}`,
    cause === undefined ? {} : { cause },
  );
}
