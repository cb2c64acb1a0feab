import type { Case, Contestant, Scale } from "../harness/case.ts";
import { contestant } from "../harness/contestants.ts";
import { square } from "../tasks/square.ts";

type Make = (named: (value: number) => number) => () => (value: number) => number;

/**
 * The cost of `submit` alone, until it returns. All results are awaited afterwards, outside of the clock. A task that
 * is a new closure each time is described each time; that is what its line is for.
 */
function describing(scale: Scale, name: string, settings: string, make: Make): Contestant {
  const count = scale.quick ? 50 : 2_000 * scale.times;
  return contestant(name, "ours", settings, async () => {
    const { openOurs, taskNamed } = await import("../peers/ours.ts");
    const executor = openOurs(scale.workers);
    const next = make(taskNamed("square"));
    return {
      async measure() {
        const futures: PromiseLike<number>[] = [];
        const start = performance.now();
        for (let at = 0; at < count; at++) futures.push(executor.submit(next(), at));
        const cost = ((performance.now() - start) * 1000) / count;
        await Promise.all(futures);
        return { cost };
      },
      close: () => executor.shutdown(),
    };
  });
}

/** Issue 3's last row: what it costs to find out what a function is. */
export const describeCost: Case = {
  name: "describe",
  description:
    "The cost of one submit call until it returns, by how the function is given: named by task(), an exported function seen before, a new closure over three numbers each time.",
  metrics: { cost: "us" },
  bars: () => [
    {
      text: "a function seen before costs less than 2 us a submit",
      of: "ours, seen function",
      against: { limit: 2, what: "2 us for all of submit" },
      atLeast: 1,
    },
    {
      text: "a closure over a few numbers costs less than 200 us",
      of: "ours, new closure",
      against: { limit: 200, what: "200 us for all of submit" },
      atLeast: 1,
    },
  ],
  async run(scale) {
    return [
      describing(scale, "ours, task()", "task(url, name), made once", (named) => () => named),
      describing(scale, "ours, seen function", "an exported function, given directly", () => () => square),
      describing(
        scale,
        "ours, new closure",
        "a closure over three numbers, made anew for each submit",
        () => {
          let made = 0;
          return () => {
            const [a, b, c] = [made++, 2, 3];
            return (value: number) => value * a + b * c;
          };
        },
      ),
    ];
  },
};
