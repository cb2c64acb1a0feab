import { ArgumentTypeError } from "../errors.ts";
import { Future } from "../future/future.ts";
import { checkIterable, describeValue } from "../options.ts";

/** The futures of an iterable, each once, in order. @throws ArgumentTypeError for anything else in it */
export function collectFutures<F extends Future<unknown>>(futures: Iterable<F>): Set<F> {
  checkIterable("futures", futures);
  const all = new Set<F>();
  for (const future of futures) {
    if (!isFuture(future)) {
      throw new ArgumentTypeError(
        `Expected \`futures\` to hold futures, got ${describeValue(future)}. Did you await one of them?`,
      );
    }
    all.add(future);
  }
  return all;
}

/** By its methods, not its class: a second loaded copy of this package makes futures that are as good. */
function isFuture(value: unknown): value is Future<unknown> {
  return (
    value instanceof Future ||
    (typeof value === "object" && value !== null && "addDoneCallback" in value && "done" in value)
  );
}
