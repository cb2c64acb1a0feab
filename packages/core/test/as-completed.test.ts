import { ArgumentTypeError, asCompleted, Future, TimeoutError } from "@concurrent-futures/core";
import { FakeClock } from "@concurrent-futures/core/testing";
import { afterEach, describe, expect, test } from "@jest/globals";
import { rejection, turn } from "./support/outcomes.ts";

const clock = new FakeClock();
afterEach(() => clock.uninstall());

const three = () =>
  [new Future<number>(), new Future<number>(), new Future<number>()] as [
    Future<number>,
    Future<number>,
    Future<number>,
  ];

describe("asCompleted", () => {
  test("hands out the futures themselves, first those that are done, then as they end", async () => {
    const [a, b, c] = three();
    b.setResult(2);
    const seen: Future<number>[] = [];
    const loop = (async () => {
      for await (const future of asCompleted([a, b, c])) {
        expect(future).toBeInstanceOf(Future);
        seen.push(future);
      }
    })();
    await turn();
    expect(seen).toEqual([b]);
    c.setException(new Error("a failed one does not end the loop"));
    await turn();
    a.cancel();
    await loop;
    expect(seen).toEqual([b, c, a]);
  });

  test("gives each future once, and nothing for no futures", async () => {
    const [a] = three();
    a.setResult(1);
    const completed = asCompleted([a, a]);
    expect((await completed.next()).value).toBe(a);
    expect((await completed.next()).done).toBe(true);
    expect((await asCompleted([]).next()).done).toBe(true);
  });

  test("counts its timeout from the call, and says how many are unfinished", async () => {
    clock.install();
    const [a, b, c] = three();
    const completed = asCompleted([a, b, c], { timeout: 100 });
    clock.advance(60);
    a.setResult(1);
    expect((await completed.next()).value).toBe(a);
    const late = rejection(completed.next());
    await turn();
    clock.advance(40);
    const error = (await late) as TimeoutError;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toBe("2 (of 3) futures unfinished");
  });

  test("hands out what was done in time even when it is asked too late", async () => {
    clock.install();
    const [a, b] = three();
    const completed = asCompleted([a, b], { timeout: 100 });
    a.setResult(1);
    clock.advance(500);
    expect((await completed.next()).value).toBe(a);
    expect(await rejection(completed.next())).toBeInstanceOf(TimeoutError);
  });

  test("leaving the loop lets go of the rest", async () => {
    const [a, b] = three();
    a.setResult(1);
    const completed = asCompleted([a, b]);
    for await (const future of completed) {
      expect(future).toBe(a);
      break;
    }
    b.setResult(2);
    expect((await completed.next()).done).toBe(true);
  });

  test("refuses what is no future, and says what may have happened", () => {
    expect(() => asCompleted([1] as never)).toThrow(ArgumentTypeError);
    expect(() => asCompleted([1] as never)).toThrow("Did you await one of them?");
    expect(() => asCompleted(new Future() as never)).toThrow(ArgumentTypeError);
  });
});
