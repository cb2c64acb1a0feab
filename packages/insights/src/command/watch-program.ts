import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import { parse } from "node:path";
import { channelNames, type PoolCloseEvent, type PoolOpenEvent } from "@concurrent-futures/core/channels";
import { Dashboard } from "../dashboard/dashboard.ts";
import type { ProgressMode } from "../progress/options.ts";
import { progress } from "../progress/progress.ts";
import { chromeTrace } from "../recorder/chrome-trace.ts";
import { Recorder } from "../recorder/recorder.ts";
import { reportPage } from "../recorder/report-page.ts";
import { PoolCounts } from "./pool-counts.ts";
import type { RunOptions } from "./run-options.ts";

/** Watches all pools of this program from now on, and writes what was asked for when it ends, however it does. */
export function watchProgram({ progress: mode, report, trace, dashboard }: RunOptions): void {
  const recorders: Recorder[] = [];
  const counts = new Map<number, PoolCounts>();
  subscribe(channelNames.poolOpen, (message) => {
    const pool = message as PoolOpenEvent;
    if (report !== undefined || trace !== undefined) recorders.push(new Recorder(pool));
    if (dashboard !== undefined) void serve(pool, counts.size === 0 ? dashboard : 0);
    const counted = new PoolCounts(pool);
    counts.set(pool.pool, counted);
    if (mode !== undefined) progress(counted, { label: `pool ${counts.size}`, mode: mode as ProgressMode });
  });
  subscribe(channelNames.poolClose, (message) => counts.get((message as PoolCloseEvent).pool)?.end());
  let written = false;
  const finish = (): void => {
    if (written) return;
    written = true;
    for (const one of counts.values()) one.end();
    recorders.forEach((recorder, at) => {
      const recording = recorder.toJSON();
      if (report !== undefined) write(numbered(report, at), () => reportPage(recording));
      if (trace !== undefined) write(numbered(trace, at), () => JSON.stringify(chromeTrace(recording)));
    });
  };
  process.on("exit", finish);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const interrupted = (): void => {
      // A script that listens decides by itself whether it ends.
      if (process.listenerCount(signal) > 1) return;
      finish();
      process.removeListener(signal, interrupted);
      process.kill(process.pid, signal);
    };
    process.on(signal, interrupted);
  }
}

async function serve(pool: PoolOpenEvent, port: number): Promise<void> {
  try {
    process.stderr.write(`concurrent-futures: ${await new Dashboard(pool, { port }).listen()}\n`);
  } catch (error) {
    process.stderr.write(`concurrent-futures: no dashboard: ${(error as Error).message}\n`);
  }
}

/** Now, since nothing waits for a program that ends. A file that cannot be written changes nothing about the program. */
function write(path: string, content: () => string): void {
  try {
    writeFileSync(path, content());
    process.stderr.write(`concurrent-futures: wrote ${path}\n`);
  } catch (error) {
    process.stderr.write(`concurrent-futures: cannot write ${path}: ${(error as Error).message}\n`);
  }
}

/** `run.html`, then `run-2.html`. */
function numbered(path: string, at: number): string {
  if (at === 0) return path;
  const { ext } = parse(path);
  return `${path.slice(0, path.length - ext.length)}-${at + 1}${ext}`;
}
