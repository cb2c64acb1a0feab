import { setTimeout } from "node:timers/promises";
import type { Sample } from "./case.ts";
import { median } from "./statistics.ts";

/** How many bursts make one sample, and the pause before each, in milliseconds, in which everybody falls asleep. */
const bursts = 8;
const pause = 2;

/** Says in a report how a latency was taken. */
export const latencyNote: string = `Best of ${bursts} bursts, the median trip of each. The kernel may put both ends of a trip on one core or on two; here the first costs 15 us and the second 55 for the barest worker, either lasts for hundreds of trips, and which it is says nothing about the pool.`;

/** Microseconds of one call after the other: the median of each burst, of these the best. */
export async function latency(
  trips: number,
  call: (at: number) => PromiseLike<unknown>,
  count: number = bursts,
): Promise<Sample> {
  return await bestBurst(count, async () => {
    const all: number[] = [];
    for (let at = 0; at < trips; at++) {
      const start = performance.now();
      await call(at);
      all.push((performance.now() - start) * 1000);
    }
    return median(all);
  });
}

/** As `latency`, for calls that block. */
export async function latencySync(trips: number, call: (at: number) => unknown): Promise<Sample> {
  return await bestBurst(bursts, async () => {
    const all: number[] = [];
    for (let at = 0; at < trips; at++) {
      const start = performance.now();
      call(at);
      all.push((performance.now() - start) * 1000);
    }
    return median(all);
  });
}

async function bestBurst(count: number, burst: () => Promise<number>): Promise<Sample> {
  let cost = Number.POSITIVE_INFINITY;
  for (let at = 0; at < count; at++) {
    await setTimeout(pause);
    cost = Math.min(cost, await burst());
  }
  return { cost };
}
