import {
  Future,
  type FutureState,
  futureTransitions,
  InvalidStateError,
  RuntimeError,
} from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { thrown } from "./support/outcomes.ts";

const states = Object.keys(futureTransitions) as FutureState[];

const reach: Record<FutureState, (future: Future<number>) => unknown> = {
  PENDING: () => {},
  RUNNING: (future) => future.setRunningOrNotifyCancel(),
  CANCELLED: (future) => future.setCancelled(),
  CANCELLED_AND_NOTIFIED: (future) => {
    future.setCancelled();
    future.setRunningOrNotifyCancel();
  },
  FINISHED: (future) => future.setResult(1),
};

function make(state: FutureState): Future<number> {
  const future = new Future<number>();
  reach[state](future);
  return future;
}

const stateOf = (future: Future<number>): string =>
  (/state=(\w+)/.exec(String(future))?.[1] ?? "").toUpperCase();

/** One step from a state towards another. */
const step: Record<Exclude<FutureState, "PENDING">, (future: Future<number>) => unknown> = {
  RUNNING: (future) => future.setRunningOrNotifyCancel(),
  CANCELLED: (future) => future.setCancelled(),
  CANCELLED_AND_NOTIFIED: (future) => future.setRunningOrNotifyCancel(),
  FINISHED: (future) => future.setResult(2),
};

describe("the states of a future", () => {
  test.each(states)("a future that is %s says so", (state) => {
    const future = make(state);
    expect(stateOf(future)).toBe(state);
    expect(future.running()).toBe(state === "RUNNING");
    expect(future.cancelled()).toBe(state.startsWith("CANCELLED"));
    expect(future.done()).toBe(state !== "PENDING" && state !== "RUNNING");
  });

  const pairs = states.flatMap((from) =>
    (Object.keys(step) as (keyof typeof step)[]).map((to) => [from, to] as const),
  );

  test.each(pairs.filter(([from, to]) => futureTransitions[from].includes(to)))(
    "%s becomes %s",
    (from, to) => {
      const future = make(from);
      step[to](future);
      expect(stateOf(future)).toBe(to);
    },
  );

  test.each(
    pairs
      .filter(([from, to]) => !futureTransitions[from].includes(to))
      // One method asks for two of the states: what it does from these two is another row.
      .filter(([from, to]) => !(from === "PENDING" && to === "CANCELLED_AND_NOTIFIED"))
      .filter(([from, to]) => !(from === "CANCELLED" && to === "RUNNING")),
  )("%s cannot become %s, and stays as it is", (from, to) => {
    const future = make(from);
    const error = thrown(() => step[to](future));
    expect(error instanceof InvalidStateError || error instanceof RuntimeError).toBe(true);
    expect((error as Error).message).toContain("<Future state=");
    expect(stateOf(future)).toBe(from);
  });

  test("setRunningOrNotifyCancel is true for a call that is to run, false for a cancelled one, an error else", () => {
    expect(make("PENDING").setRunningOrNotifyCancel()).toBe(true);
    expect(make("CANCELLED").setRunningOrNotifyCancel()).toBe(false);
    for (const state of ["RUNNING", "CANCELLED_AND_NOTIFIED", "FINISHED"] as const)
      expect(thrown(() => make(state).setRunningOrNotifyCancel())).toBeInstanceOf(RuntimeError);
  });

  test("cancelling tells the truth in every state", () => {
    expect(states.map((state) => make(state).cancel())).toEqual([true, false, true, true, false]);
  });

  test("failed() is true for an error only, even for one that is falsy", () => {
    expect(states.map((state) => make(state).failed())).toEqual(states.map(() => false));
    for (const error of [undefined, null, 0, "", false, new Error("x")]) {
      const future = new Future<number>();
      future.setException(error);
      expect(future.failed()).toBe(true);
    }
  });
});

type Action = "run" | "cancel" | "setResult" | "setException" | "addDoneCallback";
const actions: readonly Action[] = ["run", "cancel", "setResult", "setException", "addDoneCallback"];

/** What a future must do, in a few lines. */
class Model {
  state: FutureState = "PENDING";
  added = 0;
  readonly called: number[] = [];

  apply(action: Action): "ok" | "refused" {
    const open = this.state === "PENDING" || this.state === "RUNNING";
    switch (action) {
      case "run":
        if (this.state === "PENDING") this.state = "RUNNING";
        else if (this.state === "CANCELLED") this.state = "CANCELLED_AND_NOTIFIED";
        else return "refused";
        return "ok";
      case "cancel":
        if (this.state === "PENDING") this.#end("CANCELLED");
        return "ok";
      case "setResult":
      case "setException":
        if (!open) return "refused";
        this.#end("FINISHED");
        return "ok";
      case "addDoneCallback":
        this.added++;
        if (!open) this.called.push(this.added);
        return "ok";
    }
  }

  #end(state: FutureState): void {
    this.state = state;
    for (let id = this.called.length + 1; id <= this.added; id++) this.called.push(id);
  }
}

test("any sequence of calls leaves a future as the model says, with each callback called once and in order", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...actions), { maxLength: 12 }), (sequence) => {
      const future = new Future<number>();
      const model = new Model();
      const called: number[] = [];
      let added = 0;
      const perform: Record<Action, () => unknown> = {
        run: () => future.setRunningOrNotifyCancel(),
        cancel: () => future.cancel(),
        setResult: () => future.setResult(1),
        setException: () => future.setException(new Error("model")),
        addDoneCallback: () => {
          const id = ++added;
          future.addDoneCallback(() => called.push(id));
        },
      };
      for (const action of sequence) {
        let outcome: "ok" | "refused" = "ok";
        try {
          perform[action]();
        } catch {
          outcome = "refused";
        }
        expect(outcome).toBe(model.apply(action));
        expect(stateOf(future)).toBe(model.state);
        expect(called).toEqual(model.called);
      }
    }),
    { numRuns: 500 },
  );
});
