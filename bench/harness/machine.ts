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

/** The load average of the last minute, and what to think of it. */
export function checkLoad(): { readonly load: number; readonly warning: string | undefined } {
  const load = loadavg()[0] ?? 0;
  const warning =
    load > 0.5
      ? `The load average is ${load.toFixed(2)} before anything has begun: something else is running here, so believe ratios a little and figures not at all.`
      : undefined;
  return { load, warning };
}
