import { SerializationError } from "@concurrent-futures/core";

/** A captured stack: its text is made when it is first read. */
export interface CallSite {
  readonly stack?: string;
}

/**
 * Stacks captured per millisecond, as the scheduler's clock sees it: it stands still within a turn of the event loop. A
 * stack costs 1.5 us, however short, where the rest of a submit costs 0.3; a loop of submits has but one site.
 */
const perMillisecond = 8;

/** How long an idle pool keeps the last site, in milliseconds. */
const keptFor = 10;

/** Whether the frames of a stack can be limited: not with `--frozen-intrinsics`, and all of them would take too long. */
const limitsStacks: boolean = !Object.isFrozen(Error);

/** Frames kept of each. */
const depth = 6;

/** Remembers where tasks were submitted, so that their errors can show the caller's frames below the worker's. */
export class CallSites {
  #left = 0;
  #millisecond = -1;
  #forgetting: NodeJS.Timeout | undefined;
  #last: CallSite | undefined;

  /** The site of the call that is being made; in a loop, that of one of its last turns. `above` and its callees are left out. */
  capture(above: Function, now: number): CallSite | undefined {
    if (!limitsStacks) return undefined;
    if (now !== this.#millisecond) {
      this.#millisecond = now;
      this.#left = perMillisecond;
    }
    if (this.#left > 0) {
      this.#left--;
      const site: CallSite = {};
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = depth;
      Error.captureStackTrace(site, above);
      Error.stackTraceLimit = limit;
      this.#last = site;
    }
    return this.#last;
  }

  /** Lets go of the last site in a moment: a captured stack holds the objects whose methods are on it. */
  forgetSoon(): void {
    // At once, a pool that is idle between two calls would capture each.
    this.#forgetting ??= setTimeout(() => {
      this.#forgetting = undefined;
      this.#last = undefined;
      this.#left = perMillisecond;
    }, keptFor).unref();
  }
}

/**
 * Lets the stack of a refusal begin with the line that submitted. Without this its ten frames are those of this library,
 * which was deep in a value when it found what cannot be sent.
 */
export function beginStackAtCaller(error: unknown, above: Function): unknown {
  if (!(error instanceof SerializationError) || Object.isFrozen(error)) return error;
  const site: CallSite = {};
  Error.captureStackTrace(site, above);
  const frames = site.stack?.indexOf("\n    at ") ?? -1;
  // There are none if the caller came by another way than `above`.
  if (frames >= 0) error.stack = `${error.name}: ${error.message}${site.stack?.slice(frames)}`;
  return error;
}
