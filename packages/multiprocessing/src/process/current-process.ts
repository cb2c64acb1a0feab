import { Process } from "./process.ts";

let current: Process | undefined;

/**
 * The process in which this is called (Python: `current_process`): in the function of a `Process` that object itself, in the
 * main program one named `"MainProcess"`, in a worker of a pool one named like `"PoolWorker-1"`.
 */
export function currentProcess(): Process {
  current ??= Process.current();
  return current;
}

/** Says which it is: once, when a child starts. */
export function becomeCurrent(process: Process): void {
  current = process;
}
