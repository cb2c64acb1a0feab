import { BrokenProcessPool, TimeoutError, ValueError, WorkerLostError } from "@concurrent-futures/core";
import {
  checkArray,
  checkInteger,
  checkOptions,
  checkTimeout,
  describeValue,
} from "@concurrent-futures/core/options";

/** Something that goes wrong on purpose. `call` counts the submitted calls from 1; only a first attempt is struck. */
export type Fault =
  | { readonly call: number; readonly kind: "crash" | "lost" | "timeout" }
  | { readonly call: number; readonly kind: "error"; readonly error: unknown }
  | { readonly worker: number; readonly kind: "slowStart"; readonly delay: number };

/** The faults by what they strike. */
export interface FaultPlan {
  /** What the nth call fails with instead of running. */
  readonly errorOf: ReadonlyMap<number, (workerId: number) => unknown>;
  /** Milliseconds that a worker takes to start. */
  readonly startDelays: ReadonlyMap<number, number>;
}

const errors = {
  crash: (workerId: number) =>
    new BrokenProcessPool(`The simulated worker ${workerId} died while it ran the call.`, {
      worker: { workerId, exitCode: 1, signal: null },
    }),
  lost: (workerId: number) =>
    new WorkerLostError(`The simulated worker ${workerId} was lost while it ran the call.`),
  timeout: () => new TimeoutError("the simulated call ran longer than its limit"),
};

function isStroke(fault: Fault): fault is Extract<Fault, { readonly kind: keyof typeof errors }> {
  return Object.hasOwn(errors, fault.kind);
}

/** @throws ArgumentTypeError, ValueError for wrong faults. */
export function planFaults(faults: readonly Fault[]): FaultPlan {
  checkArray("faults", faults);
  const errorOf = new Map<number, (workerId: number) => unknown>();
  const startDelays = new Map<number, number>();
  for (const fault of faults) {
    if (fault.kind === "slowStart") {
      checkOptions("faults", fault, ["kind", "worker", "delay"]);
      const delay = checkTimeout("delay", fault.delay);
      if (delay === undefined || delay < 0) {
        throw new ValueError(
          `Expected \`delay\` to be a finite number of milliseconds of at least 0, got ${describeValue(fault.delay)}.`,
        );
      }
      startDelays.set(checkInteger("worker", fault.worker), delay);
    } else if (fault.kind === "error") {
      checkOptions("faults", fault, ["kind", "call", "error"]);
      errorOf.set(checkInteger("call", fault.call), () => fault.error);
    } else if (isStroke(fault)) {
      checkOptions("faults", fault, ["kind", "call"]);
      errorOf.set(checkInteger("call", fault.call), errors[fault.kind]);
    } else {
      throw new ValueError(
        `Expected \`kind\` to be "crash", "lost", "timeout", "error" or "slowStart", got ${describeValue((fault as { kind: unknown }).kind)}.`,
      );
    }
  }
  return { errorOf, startDelays };
}
