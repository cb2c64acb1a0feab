import {
  asCompleted,
  type BrokenProcessPool,
  CancelledError,
  type FIRST_COMPLETED,
  Future,
  type TimeoutError,
  wait,
} from "@concurrent-futures/core";
import { type Equal, holds } from "./equal.ts";

/** A future that knows more: as every executor may hand out. */
class Named extends Future<string> {
  readonly name = "x";
}
declare const named: Named[];
declare const mixed: (Future<number> | Future<string>)[];

// asCompleted hands out the very futures that it was given.
for await (const future of asCompleted(named)) {
  holds<Equal<typeof future, Named>>();
}
for await (const future of asCompleted(mixed, { timeout: 5 })) {
  holds<Equal<typeof future, Future<number> | Future<string>>>();
}

const { done, notDone } = await wait(named, { returnWhen: "FIRST_COMPLETED", timeout: 1 });
holds<Equal<typeof done, Set<Named>>>();
holds<Equal<typeof notDone, Set<Named>>>();

// A future is what it holds.
declare const future: Future<number>;
const value = await future;
holds<Equal<typeof value, number>>();
const result = future.result(5);
holds<Equal<typeof result, Promise<number>>>();
const blocking = future.resultSync();
holds<Equal<typeof blocking, number>>();
const error = await future.exception();
holds<Equal<typeof error, unknown>>();
const derived = future.then((x) => String(x));
holds<Equal<typeof derived, Promise<string>>>();
const caught = future.catch(() => "none");
holds<Equal<typeof caught, Promise<number | string>>>();
future.addDoneCallback((given) => holds<Equal<typeof given, Future<number>>>());
future satisfies PromiseLike<number>;

// Codes are literals: a switch over them is checked.
holds<Equal<CancelledError["code"], "ERR_CANCELLED">>();
holds<Equal<TimeoutError["code"], "ERR_TIMEOUT">>();
holds<Equal<BrokenProcessPool["code"], "ERR_BROKEN_PROCESS_POOL">>();
holds<Equal<typeof FIRST_COMPLETED, "FIRST_COMPLETED">>();

// What must not compile.
// @ts-expect-error: promises are no futures
wait([Promise.resolve(1)]);
// @ts-expect-error: there is no such mode
wait(named, { returnWhen: "LATER" });
// @ts-expect-error: a single future is no iterable of them
asCompleted(future);
// @ts-expect-error: milliseconds are a number
future.result("5");
// @ts-expect-error: a string is no result of this one
future.setResult("x");
// @ts-expect-error: a callback is given a future, not its value
future.addDoneCallback((given: number) => given);
// @ts-expect-error: a code cannot be changed
new CancelledError().code = "ERR_OTHER";
