import { ArgumentTypeError, Future } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import { warningsDuring } from "./support/outcomes.ts";

describe("callbacks of a future", () => {
  test("run in the order added, the same function as often as it was added", () => {
    const future = new Future<number>();
    const called: string[] = [];
    const twice = () => void called.push("twice");
    future.addDoneCallback(twice);
    future.addDoneCallback(() => void called.push("once"));
    future.addDoneCallback(twice);
    future.setResult(1);
    expect(called).toEqual(["twice", "once", "twice"]);
  });

  test("run at once, within addDoneCallback, when the future is done", () => {
    const future = new Future<number>();
    future.setResult(1);
    let called = false;
    future.addDoneCallback(() => {
      called = true;
    });
    expect(called).toBe(true);
  });

  test("one that is added by another runs before those that remain", () => {
    const future = new Future<number>();
    const called: string[] = [];
    future.addDoneCallback(() => {
      called.push("a");
      future.addDoneCallback(() => void called.push("nested"));
    });
    future.addDoneCallback(() => void called.push("b"));
    future.setResult(1);
    expect(called).toEqual(["a", "nested", "b"]);
  });

  test("run once, however often the future is cancelled", () => {
    const future = new Future<number>();
    let calls = 0;
    future.addDoneCallback(() => {
      calls++;
    });
    future.cancel();
    future.cancel();
    future.setRunningOrNotifyCancel();
    expect(calls).toBe(1);
  });

  test("are given the future, which is done", () => {
    const future = new Future<number>();
    const seen: [Future<number>, boolean][] = [];
    future.addDoneCallback((given) => void seen.push([given, given.done()]));
    future.setException(new Error("x"));
    expect(seen[0]?.[0]).toBe(future);
    expect(seen[0]?.[1]).toBe(true);
  });

  test("one that throws is reported, and the others still run", async () => {
    const called: string[] = [];
    const warnings = await warningsDuring(() => {
      const future = new Future<number>();
      future.addDoneCallback(() => {
        throw new Error("in the callback");
      });
      future.addDoneCallback(() => void called.push("next"));
      expect(() => future.setResult(1)).not.toThrow();
    });
    expect(called).toEqual(["next"]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("exception calling callback for <Future state=finished returned number>");
    expect(warnings[0]).toContain("in the callback");
  });

  test("one that throws what is no error is reported as well", async () => {
    const odd = Object.create(null) as object;
    const warnings = await warningsDuring(() => {
      const future = new Future<number>();
      for (const value of [undefined, 0, odd])
        future.addDoneCallback(() => {
          throw value;
        });
      future.setResult(1);
    });
    expect(warnings).toHaveLength(3);
  });

  test("an asynchronous one that rejects is reported, not an unhandledRejection", async () => {
    const warnings = await warningsDuring(() => {
      const future = new Future<number>();
      future.addDoneCallback(async () => {
        throw new Error("later");
      });
      future.setResult(1);
    });
    expect(warnings[0]).toContain("later");
  });

  test("one can be taken back, by identity", () => {
    const future = new Future<number>();
    const called: string[] = [];
    const gone = () => void called.push("gone");
    future.addDoneCallback(gone);
    future.addDoneCallback(() => void called.push("stays"));
    future.removeDoneCallback(gone);
    future.removeDoneCallback(() => {});
    future.setResult(1);
    expect(called).toEqual(["stays"]);
  });

  test("what is no function is refused", () => {
    const future = new Future<number>();
    expect(() => future.addDoneCallback("x" as never)).toThrow(ArgumentTypeError);
    expect(() => future.addDoneCallback("x" as never)).toThrow(/`fn`.*"x" \(string\)/);
  });
});
