import { cpus } from "node:os";
import { setTimeout } from "node:timers/promises";

/** More than this many cores at work elsewhere, and figures are not to be believed. */
export const noisy = 0.2;

/** How long to look, in milliseconds. */
const window = 250;

/** How many cores are busy while we are not: looked at between cases, when nothing of ours runs. */
async function busyCores(): Promise<number> {
  const before = total();
  await setTimeout(window);
  const after = total();
  const all = after.all - before.all;
  return all === 0 ? 0 : ((after.busy - before.busy) / all) * cpus().length;
}

function total(): { readonly busy: number; readonly all: number } {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    busy += times.user + times.nice + times.sys + times.irq;
    all += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { busy, all };
}

/** Waits until the machine is idle, for at most that many milliseconds; gives how many cores were busy at the end. */
export async function waitUntilIdle(patience: number): Promise<number> {
  const deadline = performance.now() + patience;
  for (;;) {
    const busy = await busyCores();
    if (busy <= noisy || performance.now() > deadline) return busy;
  }
}
