import { asParent } from "@concurrent-futures/process/workers";
import { childInfo } from "./child-info.ts";
import { Process } from "./process.ts";
import { ProcessLifecycle } from "./process-lifecycle.ts";
import { setProcessState } from "./process-state.ts";

let current: Process | undefined;

/**
 * The process in which this is called (Python: `current_process`): in the `run()` of a subclass that object itself, in the main
 * program one named `"MainProcess"`, in a worker of a pool one named like `"PoolWorker-1"`.
 */
export function currentProcess(): Process {
  current ??= (childInfo()?.instance as Process | undefined) ?? describeCurrent();
  return current;
}

/** The main program, or the worker of a pool: what no `Process` has started. */
function describeCurrent(): Process {
  const { daemon = false, path = [] } = childInfo() ?? {};
  const made = Object.create(Process.prototype) as Process;
  const lifecycle = new ProcessLifecycle("current");
  setProcessState(made, { lifecycle, target: undefined, args: [], name: asParent().name, daemon, path });
  return made;
}
