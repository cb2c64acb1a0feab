import { getHeapStatistics } from "node:v8";
import type { UsageMessage } from "../wire-notes.ts";
import type { Transport } from "./transport.ts";

/** Milliseconds between two reports at least: one takes 5 us. */
const every = 25;

interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** What a worker says of its own memory and processor time, beside the results of batches. */
export class UsageReport {
  readonly #transport: Transport;
  readonly #cpuUsage: (() => CpuTime) | undefined;
  #next = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
    // Of a thread, only where Node can tell it from the other threads' (22.19 and later).
    const { threadCpuUsage } = process as { threadCpuUsage?: () => CpuTime };
    this.#cpuUsage = transport.sharesMemory ? threadCpuUsage?.bind(process) : process.cpuUsage.bind(process);
  }

  /** Reports if the last report is a while ago; `now` is a moment of `performance.now()`. */
  sendWhenDue(now: number): void {
    if (now < this.#next) return;
    this.#next = now + every;
    const { used_heap_size, external_memory } = getHeapStatistics();
    const cpu = this.#cpuUsage?.();
    const message: UsageMessage = {
      kind: "usage",
      heap: used_heap_size + external_memory,
      ...(cpu && { cpu: (cpu.user + cpu.system) / 1000 }),
    };
    this.#transport.send(message, []);
  }
}
