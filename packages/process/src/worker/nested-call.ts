import type { CallableRef } from "@concurrent-futures/callable";
import type { CarriedRef, NestedCallHandle, NestedCallRequest, NestedEnd } from "../nested-link.ts";
import type { TaskSettings } from "../wire.ts";
import { type BatchCallNumbers, OpenCall } from "./open-call.ts";

/** What becomes of a nested call. */
interface NestedCallOwner {
  /** Whether one that the pool has runs. */
  isRunning(call: NestedCall): boolean;
  cancel(call: NestedCall, force: boolean, reason: unknown): boolean;
}

/**
 * Where a nested call is: `kept` by this worker, which will run it if the pool does not want it; `running` here; `sent` to the
 * pool; `over`.
 */
export type NestedCallState = "kept" | "running" | "sent" | "over";

/** A call that a task of this worker has submitted. */
export class NestedCall extends OpenCall implements NestedCallHandle {
  readonly number: number;
  readonly request: NestedCallRequest;
  /** The call that has submitted it, if that has not ended. */
  readonly by: OpenCall | undefined;
  state: NestedCallState = "kept";
  readonly #owner: NestedCallOwner;

  constructor(number: number, request: NestedCallRequest, by: OpenCall | undefined, owner: NestedCallOwner) {
    super();
    this.number = number;
    this.request = request;
    this.by = by;
    this.#owner = owner;
  }

  get running(): boolean {
    return this.state === "running" || (this.state === "sent" && this.#owner.isRunning(this));
  }

  cancel(force: boolean, reason: unknown): boolean {
    return this.#owner.cancel(this, force, reason);
  }

  get root(): BatchCallNumbers | undefined {
    return this.by?.root;
  }

  get ref(): CallableRef {
    return this.request.ref;
  }

  get settings(): TaskSettings | undefined {
    return this.request.options;
  }

  get carried(): readonly CarriedRef[] | undefined {
    return this.request.carried;
  }

  /** Tells the waiting code, once. */
  settle(how: NestedEnd, value: unknown): void {
    if (this.state === "over") return;
    this.state = "over";
    this.request.settle(how, value);
  }
}
