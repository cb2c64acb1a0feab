import type { Case } from "../harness/case.ts";
import { contestant } from "../harness/contestants.ts";

/** The baseline: what the harness itself costs. */
export const nothing: Case = {
  name: "nothing",
  description:
    "A measurement of nothing: an async function that does nothing, 20,000 times. What the harness itself costs.",
  metrics: { cost: "us" },
  bars: () => [],
  async run({ quick, times }) {
    const count = quick ? 200 : 20_000 * times;
    return [
      contestant("nothing", "baseline", "async () => {}", async () => ({
        async measure() {
          const nop = async (): Promise<void> => {};
          const start = performance.now();
          const all: Promise<void>[] = [];
          for (let at = 0; at < count; at++) all.push(nop());
          await Promise.all(all);
          return { cost: ((performance.now() - start) * 1000) / count };
        },
        close: async () => {},
      })),
    ];
  },
};
