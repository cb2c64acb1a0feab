import type { CallableRef } from "@concurrent-futures/callable/load";
import type { ChildInfo } from "./child-info.ts";
import type { ProcessPrinter } from "./process-output.ts";

/** How a child ended: its exit code, or the negative number of the signal that ended it. */
export type ExitCode = number;

/** What a child is started with. */
export interface ChildOptions {
  readonly name: string;
  /** A daemon does not keep this process alive. */
  readonly daemon: boolean;
  /** What it is to do, serialized. */
  readonly program: Program;
  readonly transfer: readonly object[];
  /** Receives its output; undefined for one that prints directly. */
  readonly printer: ProcessPrinter | undefined;
  /** Once, when it has ended. */
  readonly onExit: (code: ExitCode) => void;
}

/** What a child reads first. Everything in it survives structured clone and `v8.serialize`. */
export interface Program {
  readonly self: ChildInfo;
  readonly work:
    | { readonly kind: "target"; readonly target: CallableRef | undefined; readonly args: readonly unknown[] }
    /** The class and the state of an instance of a subclass, packed. */
    | { readonly kind: "instance"; readonly instance: unknown };
}

/** A thread or process that was started by `Process.start()`, as its parent sees it. */
export interface Child {
  readonly pid: number;
  readonly threadId: number;
  /** Ends it: a process by SIGTERM. */
  terminate(): void;
  /** Ends it, whatever it does: a process by SIGKILL. */
  kill(): void;
  /** As Ctrl-C would. */
  interrupt(): void;
  ref(): void;
  unref(): void;
}

/** A way to start children. */
export type StartChild = (options: ChildOptions) => Child;
