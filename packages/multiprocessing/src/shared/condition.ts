import { ArgumentTypeError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkInteger, checkTimeout, describeValue } from "@concurrent-futures/core/options";
import { Condition } from "../contract/condition.ts";
import { defineTransfer } from "../transfer.ts";
import { SharedLock } from "./lock.ts";
import { done } from "./memory/settled.ts";
import { WaitQueue, type WaitQueueMemory, type WaitSteps } from "./memory/wait-queue.ts";
import type { Resume } from "./resume.ts";
import { SharedRLock } from "./rlock.ts";

/** A `Condition` in memory that threads share. */
export class SharedCondition extends Condition {
  readonly #lock: SharedLock | SharedRLock;
  readonly #queue: WaitQueue;

  constructor(lock: unknown = new SharedRLock(), queue: WaitQueue = WaitQueue.create(1, 0)) {
    super();
    const { reach } = queue.backend;
    if (!(lock instanceof SharedLock || lock instanceof SharedRLock) || lock.reach !== reach) {
      throw new ArgumentTypeError(
        `Expected \`lock\` to be a Lock or RLock of the ${reach} context, got ${describeValue(lock)}.`,
      );
    }
    this.#lock = lock;
    this.#queue = queue;
  }

  static {
    defineTransfer<SharedCondition, { lock: SharedLock | SharedRLock; memory: WaitQueueMemory }>(
      SharedCondition,
      {
        module: import.meta.url,
        name: "SharedCondition",
        pack: (condition) => ({ lock: condition.#lock, memory: condition.#queue.memory }),
        unpack: ({ lock, memory }) => new SharedCondition(lock, WaitQueue.attach(memory)),
      },
    );
  }

  override acquire(timeout?: number): Promise<boolean> {
    return this.#lock.acquire(timeout);
  }

  override acquireSync(timeout?: number): boolean {
    return this.#lock.acquireSync(timeout);
  }

  override release(): Promise<void> {
    return this.#lock.release();
  }

  override releaseSync(): void {
    this.#lock.releaseSync();
  }

  override locked(): boolean {
    return this.#lock.locked();
  }

  override async wait(timeout?: number): Promise<boolean> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const { slot, resume } = this.#begin("wait()");
    const notified = await this.#queue.run(this.#sleep(slot, deadline));
    await resume.run();
    return notified;
  }

  override waitSync(timeout?: number): boolean {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const { slot, resume } = this.#begin("waitSync()");
    const notified = this.#queue.runSync(this.#sleep(slot, deadline));
    resume.runSync();
    return notified;
  }

  override notify(n?: number): Promise<void> {
    this.notifySync(n);
    return done;
  }

  override notifySync(n: number = 1): void {
    const most = checkInteger("n", n);
    this.#lock.assertMine("notify()");
    this.#queue.withGate((lists) => {
      for (let left = most; left > 0; left--) {
        const slot = lists.first(0);
        if (slot === 0) break;
        lists.complete(slot);
      }
    });
  }

  override notifyAll(): Promise<void> {
    this.notifyAllSync();
    return done;
  }

  override notifyAllSync(): void {
    this.#lock.assertMine("notifyAll()");
    this.#queue.withGate((lists) => lists.completeAll(0));
  }

  override toString(): string {
    return `<Condition(${String(this.#lock)})>`;
  }

  /** In line before the lock is released, so that no notification is missed. */
  #begin(what: string): { readonly slot: number; readonly resume: Resume } {
    this.#lock.assertMine(what);
    const slot = this.#queue.withGate((lists) => lists.add(0));
    return { slot, resume: this.#lock.suspend(what) };
  }

  *#sleep(slot: number, deadline: Deadline): WaitSteps<boolean> {
    yield { slot, deadline };
    return this.#queue.leave(slot);
  }
}
