import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { pythonVersion } from "../peers/python.ts";
import type { Machine } from "./rows.ts";

/** What the figures were measured on; nothing that names the machine itself. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1024 ** 3),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    python: pythonVersion(),
  };
}

/** What to think of the load average of the last minute, before anything of ours has begun; undefined when it is low. */
export function loadWarning(): string | undefined {
  const load = loadavg()[0] ?? 0;
  if (load <= 0.5) return undefined;
  return `The load average is ${load.toFixed(2)} before anything has begun: something else is running here, so believe ratios a little and figures not at all.`;
}
