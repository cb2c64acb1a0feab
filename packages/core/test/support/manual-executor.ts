import {
  type AnyFunction,
  type CallOptions,
  checkShutdownOptions,
  Executor,
  Future,
  RuntimeError,
  type ShutdownOptions,
} from "@concurrent-futures/core";

/** One call that was submitted. */
export interface Submitted {
  readonly future: Future<unknown>;
  readonly args: readonly unknown[];
  readonly options: CallOptions | undefined;
  /** Runs the call now. */
  run(): void;
}

/** An executor that runs a call when the test says so: the smallest that the base class allows. */
export class ManualExecutor extends Executor {
  readonly calls: Submitted[] = [];
  readonly shutdowns: Required<ShutdownOptions>[] = [];

  protected override checkOpen(): void {
    if (this.shutdowns.length > 0) throw new RuntimeError("cannot schedule new futures after shutdown");
  }

  protected override submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    this.checkOpen();
    const future = new Future<R>();
    const run = (): void => {
      if (!future.setRunningOrNotifyCancel()) return;
      try {
        future.setResult((fn as (...args: unknown[]) => R)(...args));
      } catch (error) {
        future.setException(error);
      }
    };
    this.calls.push({ future: future as Future<unknown>, args, options, run });
    return future;
  }

  override async shutdown(options: ShutdownOptions = {}): Promise<void> {
    this.shutdowns.push(checkShutdownOptions(options));
  }

  /** Runs all calls that have not been run, those that come up meanwhile included. */
  async runAll(): Promise<void> {
    for (let at = 0; at < this.calls.length; at++) {
      const call = this.calls[at] as Submitted;
      if (!call.future.done()) call.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
