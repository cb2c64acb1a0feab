import { availableParallelism, cpus } from "node:os";

/**
 * How many CPUs the machine has (Python: `cpu_count`). How many this process may use, which is what pools take, is Node's
 * `os.availableParallelism()`.
 */
export function cpuCount(): number {
  // Some systems do not tell.
  return cpus().length || availableParallelism();
}
