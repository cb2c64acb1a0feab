import { childInfo } from "./child-info.ts";
import { Process } from "./process.ts";

let current: Process | undefined;

/**
 * The process in which this is called (Python: `current_process`): in the `run()` of a subclass that object itself, in the main
 * program one named `"MainProcess"`, in a worker of a pool one named like `"PoolWorker-1"`.
 */
export function currentProcess(): Process {
  current ??= (childInfo()?.instance as Process | undefined) ?? Process.current();
  return current;
}
