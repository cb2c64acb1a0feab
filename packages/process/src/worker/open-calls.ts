import { AsyncLocalStorage } from "node:async_hooks";
import { OwnMap } from "@concurrent-futures/callable/load";
import type { NestedCall } from "./nested-call.ts";
import type { OpenCall } from "./open-call.ts";
import { BatchCall } from "./running-batch.ts";

// As it is when the worker starts: a task may replace it.
const { apply } = Reflect;

/**
 * The calls that are under way beside the one that the loop is at: they have left their batches, or have none. While calls of its
 * own are under way, a call takes no place.
 */
export class OpenCalls {
  /** How many calls may be under way at a time, those not counted that wait for calls of their own. */
  places = 1;
  readonly #beside: OwnMap<OpenCall, true> = new OwnMap();
  // In which call code runs; made when several can be under way. Until then the run loop knows.
  #ambient: AsyncLocalStorage<OpenCall> | undefined;
  #active = 0;

  get size(): number {
    return this.#beside.size;
  }

  /** Whether calls can be under way side by side. */
  get interleave(): boolean {
    return this.#ambient !== undefined;
  }

  /** They can from now on. */
  beginToInterleave(): void {
    this.#ambient ??= new AsyncLocalStorage();
  }

  /** Whether another call may begin, `held` more being under way. */
  hasPlace(held = 0): boolean {
    return this.#active + held < this.places;
  }

  /** Runs the code of a call. */
  run(call: OpenCall, fn: (...args: never[]) => unknown, args: readonly unknown[]): unknown {
    if (this.#ambient === undefined) return apply(fn, undefined, args);
    return this.#ambient.run(call, fn as (...args: unknown[]) => unknown, ...args);
  }

  /** The call whose code runs now, when calls can be under way side by side. */
  current(): OpenCall | undefined {
    return this.#ambient?.getStore();
  }

  add(call: OpenCall): void {
    call.beside = true;
    this.#beside.set(call, true);
    if (!call.waitsForOwn) this.#active++;
  }

  get(id: number, index: number): BatchCall | undefined {
    for (const call of this.#beside.keys())
      if (call instanceof BatchCall && call.batch.id === id && call.index === index) return call;
    return undefined;
  }

  /** The calls among them that a call has submitted itself. */
  submittedBy(by: OpenCall): NestedCall[] {
    const found: NestedCall[] = [];
    for (const call of this.#beside.keys())
      if ("by" in call && call.by === by) found.push(call as NestedCall);
    return found;
  }

  delete(call: OpenCall): void {
    if (this.#beside.delete(call) && !call.waitsForOwn) this.#active--;
  }

  /** It has submitted one more call of its own. */
  submitted(call: OpenCall): void {
    if (!call.waitsForOwn && this.#has(call)) this.#active--;
    call.submitted();
  }

  /** One of its own calls has ended. */
  answered(call: OpenCall): void {
    call.answered();
    if (!call.waitsForOwn && this.#has(call)) this.#active++;
  }

  #has(call: OpenCall): boolean {
    return call.beside && !call.over;
  }
}
