import { Deadline } from "@concurrent-futures/core/deadline";
import { TimeoutError } from "../errors.ts";
import type { BaseProxy } from "./proxy.ts";

/** What proxies of some types have beyond the methods of their objects; it runs in the client. */
export function extras(type: string, exposed: readonly string[]): object {
  return {
    ...(exposed.includes("acquire") && exposed.includes("release") ? guarded : {}),
    ...(type === "Condition" ? condition : {}),
    ...(exposed.includes("toArray") ? iterable("toArray") : {}),
    ...(type === "dict" ? iterable("keys") : {}),
  };
}

/** Holds a managed lock; `await using` releases it at the end of the block. */
export interface AsyncGuard extends AsyncDisposable {
  release(): Promise<void>;
}

/** What all managed locks have. */
export interface GuardedExtras {
  /** Acquires, and gives a guard that releases at the end of an `await using` block. @throws TimeoutError */
  guard(timeout?: number): Promise<AsyncGuard>;
  /** Runs a function while holding the lock, and releases it whatever happens. */
  run<R>(fn: () => R | PromiseLike<R>): Promise<R>;
  /** As {@link run}, blocking this thread. */
  runSync<R>(fn: () => R): R;
}

/** What a managed condition has. The predicate runs in the client, as in Python. */
export interface ConditionExtras extends GuardedExtras {
  waitFor<R>(predicate: () => R | PromiseLike<R>, timeout?: number): Promise<R>;
  waitForSync<R>(predicate: () => R, timeout?: number): R;
}

const guarded: GuardedExtras & ThisType<BaseProxy> = {
  async guard(timeout) {
    if (!(await this.callMethod("acquire", [timeout]))) {
      throw new TimeoutError(`The lock was not free within ${timeout} ms.`);
    }
    let held = true;
    const release = async (): Promise<void> => {
      if (!held) return;
      held = false;
      await this.callMethod("release");
    };
    return { release, [Symbol.asyncDispose]: release };
  },
  async run(fn) {
    await this.callMethod("acquire");
    try {
      return await fn();
    } finally {
      await this.callMethod("release");
    }
  },
  runSync(fn) {
    this.callMethodSync("acquire");
    try {
      return fn();
    } finally {
      this.callMethodSync("release");
    }
  },
};

const condition: Omit<ConditionExtras, keyof GuardedExtras> & ThisType<BaseProxy> = {
  async waitFor(predicate, timeout) {
    const deadline = new Deadline(timeout);
    for (;;) {
      const result = await predicate();
      if (result || deadline.passed) return result;
      await this.callMethod("wait", timeout === undefined ? [] : [deadline.remaining]);
    }
  },
  waitForSync(predicate, timeout) {
    const deadline = new Deadline(timeout);
    for (;;) {
      const result = predicate();
      if (result || deadline.passed) return result;
      this.callMethodSync("wait", timeout === undefined ? [] : [deadline.remaining]);
    }
  },
};

function iterable(method: string): object & ThisType<BaseProxy> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* (await this.callMethod(method)) as unknown[];
    },
  };
}
