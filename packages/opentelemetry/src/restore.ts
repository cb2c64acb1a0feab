import { runInTrace } from "./spans.ts";

/** Loaded by workers: runs a call within the trace that it came with. */
export function restore(text: string, run: () => unknown): unknown {
  return runInTrace(text, run);
}
