import { PriorityQueue } from "@concurrent-futures/core/queue";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

interface Item {
  readonly id: number;
  readonly priority: number;
}

type Step = { readonly do: "push" | "unshift" | "shift" | "peek"; readonly priority: number };

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom("push", "push", "unshift", "shift", "shift", "peek"),
  priority: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    fc.integer({ min: -2, max: 2 }),
    fc.constantFrom(0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  ),
});

describe("PriorityQueue", () => {
  test("any sequence of steps leaves it as an array would be, sorted by priority and arrival", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new PriorityQueue<Item>();
        const model: Item[] = [];
        let next = 0;
        for (const { do: action, priority } of steps) {
          const item = { id: next++, priority };
          if (action === "push") {
            queue.push(item, priority);
            const at = model.findIndex((other) => other.priority < priority);
            model.splice(at < 0 ? model.length : at, 0, item);
          } else if (action === "unshift") {
            queue.unshift(item, priority);
            const at = model.findIndex((other) => other.priority <= priority);
            model.splice(at < 0 ? model.length : at, 0, item);
          } else if (action === "shift") expect(queue.shift()).toBe(model.shift());
          else expect(queue.peek()).toBe(model[0]);
          expect(queue.size).toBe(model.length);
        }
        expect(queue.clear()).toEqual(model);
        expect([queue.size, queue.shift(), queue.peek()]).toEqual([0, undefined, undefined]);
      }),
      { numRuns: 300 },
    );
  });

  test("keeps its order through many items, and lets go of those that were taken", () => {
    const queue = new PriorityQueue<{ id: number }>();
    let expected = 0;
    for (let id = 0; id < 50_000; id++) {
      queue.push({ id });
      if (id % 3 !== 0) expect(queue.shift()?.id).toBe(expected++);
    }
    while (queue.size > 0) expect(queue.shift()?.id).toBe(expected++);
    expect(expected).toBe(50_000);
  });
});
