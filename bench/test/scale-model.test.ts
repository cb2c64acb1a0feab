import { describe, expect, test } from "@jest/globals";
import { defaultCosts, type Plan, simulate } from "../harness/scale-simulation.ts";

const plan: Plan = {
  workers: 1_000,
  slots: 4,
  tasks: 1_000_000,
  chunk: 1,
  taskMicroseconds: 10_000,
  bytes: 200,
  queues: 1,
  bytesPerSecond: 125e6,
};

describe("the model of many machines", () => {
  test("one slot is busy with its calls alone, whatever else there is", () => {
    const { perSecond, useful, first } = simulate(defaultCosts, { ...plan, workers: 1, slots: 1, chunk: 10 });
    expect(first).toBe("the slots");
    expect(useful).toBeGreaterThan(0.98);
    expect(perSecond).toBeLessThan(100);
  });

  test("a busy executor sends as many jobs as its cost allows, and as many queues so many times more", () => {
    const one = simulate(defaultCosts, plan);
    expect(one.first).toBe("submitter");
    expect(one.perSecond).toBeLessThanOrEqual(1e6 / defaultCosts.submitterPerJob);
    expect(one.perSecond).toBeGreaterThan(
      0.9 * (1e6 / (defaultCosts.submitterPerJob + defaultCosts.submitterPerCall)),
    );
    const four = simulate(defaultCosts, { ...plan, queues: 4 });
    expect(four.perSecond / one.perSecond).toBeCloseTo(4, 1);
  });

  test("a slow line is busy first where arguments are large", () => {
    const large = { ...plan, bytes: 10_000_000, tasks: 20_000, taskMicroseconds: 1_000 };
    expect(simulate({ ...defaultCosts, redisPerByte: 0 }, large).first).toBe("network");
  });
});
