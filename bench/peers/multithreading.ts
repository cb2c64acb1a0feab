import { Skipped } from "../harness/case.ts";

export const multithreadingSettings = "multithreading 0.3.52";

/** @throws Skipped below Node 21, which it needs. */
export async function loadMultithreading(): Promise<typeof import("multithreading")> {
  if (Number(process.versions.node.split(".")[0]) < 21)
    throw new Skipped("multithreading needs Node 21 or newer");
  return await import("multithreading");
}
