import { availableParallelism } from "node:os";
import { describe, expect, test } from "@jest/globals";
import { Spin } from "../dist/shared/memory/spin.js";

/** A look before a sleep: short, seldom where it is of no use, and never at the cost of an event loop's turn. */

const withOtherCores = availableParallelism() > 1 ? describe : describe.skip;

withOtherCores("the look before a sleep", () => {
  test("sees what becomes true while it looks", () => {
    const spin = new Spin();
    let looks = 0;
    expect(spin.until(() => ++looks === 20)).toBe(true);
    expect(looks).toBe(20);
  });

  test("ends by itself, and after looks in vain most waits do without, until one is of use again", () => {
    const spin = new Spin();
    const looked = Array.from({ length: 1000 }, () => {
      let looks = 0;
      expect(
        spin.until(() => {
          looks++;
          return false;
        }),
      ).toBe(false);
      return looks > 0;
    });
    expect(looked.slice(0, 6)).toEqual([true, false, true, false, false, false]);
    expect(looked.filter(Boolean).length).toBeLessThan(25);
    let waits = 1;
    while (!spin.until(() => true)) waits++;
    expect(waits).toBeLessThanOrEqual(64);
    expect(spin.until(() => true)).toBe(true);
  });

  test("a loop that always finds what it waits for still gets its turn", async () => {
    const spin = new Spin();
    let inOneTurn = 0;
    while (spin.untilInTurn(() => true)) inOneTurn++;
    expect(inOneTurn).toBe(100);
    await new Promise(setImmediate);
    expect(spin.untilInTurn(() => true)).toBe(true);
  });
});
