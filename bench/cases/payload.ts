import type { Case } from "../harness/case.ts";
import { contestant, poolContestants } from "../harness/contestants.ts";
import { latency, latencyNote } from "../harness/latency.ts";
import { messagePortSettings, openBareWorker } from "../peers/message-port.ts";

/** Records as programs pass them around: numbers, text, a list, a nested object; about 100 bytes each when cloned. */
function records(bytes: number): object[] {
  return Array.from({ length: Math.max(1, Math.round(bytes / 100)) }, (_, id) => ({
    id,
    name: `record number ${id}`,
    active: id % 2 === 0,
    scores: [id, id / 3, -id],
    place: { x: id * 0.5, y: id * 0.25 },
  }));
}

function payloadCase(label: string, bytes: number, trips: number, bursts?: number): Case {
  return {
    name: `payload-${label}`,
    description: `An array of objects, about ${label.toUpperCase()} in all, as argument and as result of one task; the median trip there and back.`,
    metrics: { cost: "us" },
    notes: [latencyNote],
    bars: () => [
      {
        text: "no slower than a bare postMessage there and back, plus 10 %",
        against: { names: ["bare MessagePort"] },
        atLeast: 1 / 1.1,
      },
    ],
    async run(scale) {
      const value = records(scale.quick ? 100 : bytes);
      const count = scale.quick ? 4 : trips * scale.times;
      const measure = (pool: { call(name: "echo", value: unknown): PromiseLike<unknown> }) =>
        latency(count, () => pool.call("echo", value), bursts);
      return [
        ...(await poolContestants({ scale, aim: "latency", names: ["ours", "piscina"], measure })),
        contestant("bare MessagePort", "bare", messagePortSettings, async () => {
          const worker = await openBareWorker("echo");
          return { measure: () => latency(count, () => worker.call(value), bursts), close: worker.close };
        }),
      ];
    },
  };
}

/** Issue 4, row 9. */
export const payload1KB: Case = payloadCase("1kb", 1_000, 100);
export const payload100KB: Case = payloadCase("100kb", 100_000, 10);
export const payload10MB: Case = payloadCase("10mb", 10_000_000, 1, 2);
