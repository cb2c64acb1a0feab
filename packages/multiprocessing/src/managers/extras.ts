import type { Medium } from "@concurrent-futures/callable";
import { Deadline } from "@concurrent-futures/core/deadline";
import type { Guard } from "../contract/acquirable.ts";
import { runAsOwner } from "../contract/owner.ts";
import { TimeoutError } from "../errors.ts";
import { barrierExtras } from "./barrier-extras.ts";
import type { BaseProxy } from "./proxy.ts";

/** What proxies of some types have beyond the methods of their objects; it runs in the client. */
export function extras(
  type: string,
  exposed: readonly string[],
  mediumOf: (proxy: BaseProxy) => Medium,
): object {
  if (type === "Barrier") return barrierExtras(mediumOf);
  return {
    ...(exposed.includes("acquire") && exposed.includes("release") ? acquirable : {}),
    ...(type === "RLock" || type === "Condition" ? ownedRun : {}),
    ...(type === "Condition" ? condition : {}),
    ...(exposed.includes("toArray") ? iterable("toArray") : {}),
    ...(type === "dict" ? iterable("keys") : {}),
    ...(exposed.includes("next") && exposed.includes("return") ? iterator : {}),
  };
}

/** Holds a managed lock; `await using` releases it at the end of the block, and so does `using`, which blocks for that. */
export interface AsyncGuard extends AsyncDisposable, Disposable {
  release(): Promise<void>;
}

/** What all managed locks have. */
export interface AcquirableExtras {
  /** Acquires, and gives a guard that releases at the end of an `await using` block. @throws TimeoutError */
  guard(timeout?: number): Promise<AsyncGuard>;
  /** As {@link guard}, blocking this thread. @throws TimeoutError */
  guardSync(timeout?: number): Guard;
  /** Runs a function while holding the lock, and releases it whatever happens. */
  run<R>(fn: () => R | PromiseLike<R>): Promise<R>;
  /** As {@link run}, blocking this thread. */
  runSync<R>(fn: () => R): R;
}

/** What a managed condition has. The predicate runs in the client, as in Python. */
export interface ConditionExtras extends AcquirableExtras {
  waitFor<R>(predicate: () => R | PromiseLike<R>, timeout?: number): Promise<R>;
  waitForSync<R>(predicate: () => R, timeout?: number): R;
}

const acquirable: AcquirableExtras & ThisType<BaseProxy> = {
  async guard(timeout) {
    if (!(await this.callMethod("acquire", [timeout]))) throw lockTimeout(timeout);
    return guardOf(this);
  },
  guardSync(timeout) {
    if (!this.callMethodSync("acquire", [timeout])) throw lockTimeout(timeout);
    const guard = guardOf(this);
    const release = (): void => guard[Symbol.dispose]();
    return { release, [Symbol.dispose]: release };
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

function guardOf(lock: BaseProxy): AsyncGuard {
  let held = true;
  // Whether it is still held; not any more afterwards.
  const letGo = (): boolean => {
    const was = held;
    held = false;
    return was;
  };
  const release = async (): Promise<void> => {
    if (letGo()) await lock.callMethod("release");
  };
  return {
    release,
    [Symbol.asyncDispose]: release,
    [Symbol.dispose]: () => {
      if (letGo()) lock.callMethodSync("release");
    },
  };
}

function lockTimeout(timeout: number | undefined): TimeoutError {
  return new TimeoutError(`The lock was not free within ${timeout} ms.`);
}

/** What has an owner: each `run` is an owner of its own, as between threads. */
const ownedRun: Pick<AcquirableExtras, "run" | "runSync"> & ThisType<BaseProxy> = {
  run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    return runAsOwner(() => acquirable.run.call(this, fn) as Promise<R>);
  },
  runSync<R>(fn: () => R): R {
    return runAsOwner(() => acquirable.runSync.call(this, fn) as R);
  },
};

const condition: Omit<ConditionExtras, keyof AcquirableExtras> & ThisType<BaseProxy> = {
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

const iterator: object & ThisType<BaseProxy> = {
  [Symbol.asyncIterator]() {
    return this;
  },
};

function iterable(method: string): object & ThisType<BaseProxy> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* (await this.callMethod(method)) as unknown[];
    },
  };
}
