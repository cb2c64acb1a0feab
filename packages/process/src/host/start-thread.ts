import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import type { Piscina } from "piscina";
import { requirePermission } from "../permissions.ts";
import type { ThreadData } from "../thread-data.ts";
import { isInBundle, startOwnThread } from "./own-program.ts";
import type { HostOptions } from "./worker-host.ts";

/** A thread, and how it is ended. */
export interface StartedThread {
  readonly thread: Worker;
  end(): void;
}

/** Piscina is loaded with the first worker, not with this package: it is most of the import time. */
let piscinaClass: typeof Piscina | undefined;
function loadPiscina(): typeof Piscina {
  piscinaClass ??= (createRequire(import.meta.url)("piscina") as { Piscina: typeof Piscina }).Piscina;
  return piscinaClass;
}

/**
 * Starts a thread with an entry of ours. Piscina does it, from its own files; where a bundler has put the
 * library into a program, neither it nor we have any.
 */
export function startThread(entry: URL, data: ThreadData, options: HostOptions): StartedThread {
  const given = {
    workerData: data,
    ...(options.resourceLimits && { resourceLimits: options.resourceLimits }),
    ...(options.env && { env: withoutUndefined(options.env) }),
    ...(options.execArgv && { execArgv: [...options.execArgv] }),
  };
  if (isInBundle(entry)) {
    const thread = startOwnThread(entry, given);
    return { thread, end: () => void thread.terminate() };
  }
  requirePermission("worker", "A worker thread may not be started");
  const piscina = new (loadPiscina())({
    filename: fileURLToPath(entry),
    // It must not replace a thread that died: what becomes of a worker is decided by the scheduler alone.
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: "disabled",
    recordTiming: false,
    ...given,
  });
  // Piscina reports a dead thread here too; the thread's own events say all that we need.
  piscina.on("error", () => {});
  piscina.run(null).catch(() => {});
  return { thread: piscina.threads[0] as Worker, end: () => void piscina.destroy().catch(() => {}) };
}

/** What is undefined is absent, as for processes; a thread would get the text "undefined". */
function withoutUndefined(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(env).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as Record<string, string>;
}
