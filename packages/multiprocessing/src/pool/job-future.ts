import { Future, type MapStats } from "@concurrent-futures/core";
import { asEncodingError } from "./encoding-error.ts";
import type { PoolEngine, PoolJob } from "./pool-engine.ts";

/**
 * The future of a whole map. As in Python it is not fail-fast: it ends when every call has ended, and then fails with
 * the error that came first.
 */
export class JobFuture<R> extends Future<R[]> {
  readonly #job: PoolJob;

  constructor(job: PoolJob, engine: PoolEngine) {
    super({
      cancel: () => false,
      isRunning: () => !this.done(),
      waitSync: (_future, timeout) => {
        engine.blockUntil(() => job.complete, timeout);
        if (job.complete) this.#settle();
      },
    });
    this.#job = job;
    job.ended().then(
      () => this.#settle(),
      (error: unknown) => this.setException(error),
    );
  }

  stats(): MapStats {
    return this.#job.stats();
  }

  /**
   * How much of its running calls is done, in calls, as they say by `currentTask().reportProgress`: two that are half done make 1.
   */
  underWay(): number {
    return this.#job.underWay();
  }

  #settle(): void {
    if (this.done()) return;
    const failure = this.#job.firstFailure;
    try {
      if (failure !== undefined) this.setException(asEncodingError(failure.error));
      else this.setResult(this.#job.takeAll() as R[]);
    } catch (error) {
      this.setException(error);
    }
    this.#job.close();
  }
}
