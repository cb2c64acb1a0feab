import { describe, expect, test } from "@jest/globals";
import { checkBar } from "../harness/check-bars.ts";
import type { ContestantResult } from "../harness/rows.ts";
import { listSchedule, median, ratio, spread } from "../harness/statistics.ts";

function measured(name: string, kind: ContestantResult["kind"], costs: number[]): ContestantResult {
  const common = { state: "measured", name, kind, settings: "" } as const;
  return { ...common, samples: { cost: costs }, median: median(costs), spread: spread(costs), took: 1 };
}

describe("statistics", () => {
  test("the median is the middle value, or the mean of the two in the middle, whatever the order", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(median([])).toBeNaN();
    expect(median([10, 9, 100])).toBe(10);
  });

  test("the spread is the range over the median", () => {
    expect(spread([9, 10, 12])).toBeCloseTo(0.3);
    expect(spread([5, 5, 5])).toBe(0);
    expect(spread([5])).toBe(0);
  });

  test("a ratio above 1 means that ours costs less", () => {
    expect(ratio([20, 30, 40], [10, 3, 20])).toBe(3);
    expect(ratio([1], [2])).toBe(0.5);
  });

  test("the best schedule gives each free worker the next task", () => {
    expect(listSchedule([200, ...new Array<number>(5_000).fill(0.1)], 2)).toBeCloseTo(350, 0);
    expect(listSchedule([3, 1, 1, 1], 2)).toBe(3);
    expect(listSchedule([2, 2], 1)).toBe(4);
  });
});

describe("judging a bar", () => {
  const contestants = [
    measured("ours", "ours", [2, 1, 3]),
    measured("slow pool", "node pool", [50, 60, 70]),
    measured("fast pool", "node pool", [30, 40, 50]),
    {
      state: "skipped",
      name: "python",
      kind: "python",
      settings: "",
      reason: "python3 was not found",
    } as const,
  ];

  test("compares with the best of its kind, by medians", () => {
    const bar = { text: "", against: { kind: "node pool" as const }, atLeast: 20 };
    expect(checkBar(bar, contestants)).toMatchObject({ ratio: 20, against: "fast pool", verdict: "met" });
    expect(checkBar({ ...bar, atLeast: 20.1 }, contestants).verdict).toBe("missed");
  });

  test("compares with a limit", () => {
    const bar = { text: "", against: { limit: 1, what: "1 us" }, atLeast: 1 };
    expect(checkBar(bar, contestants)).toMatchObject({ ratio: 0.5, against: "1 us", verdict: "missed" });
  });

  test("judges nothing when the other side could not run, and counts our own failure as missed", () => {
    const bar = { text: "", against: { names: ["python"] }, atLeast: 1 };
    expect(checkBar(bar, contestants)).toMatchObject({ ratio: undefined, verdict: "not judged" });
    const failed = { state: "failed", name: "ours", kind: "ours", settings: "", reason: "hangs" } as const;
    expect(checkBar(bar, [failed, ...contestants.slice(1)]).verdict).toBe("missed");
  });
});
