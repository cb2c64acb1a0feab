import type { CallableRef } from "@concurrent-futures/callable";
import { load, pack, packError } from "@concurrent-futures/callable/load";
import { resourceRegistry } from "../resource-registry.ts";
import type { LeftMessage } from "../wire.ts";
import type { Transport } from "./transport.ts";

// As it is when the worker starts: a task may replace it.
const exit: (code: number) => never = process.exit.bind(process);

/**
 * The end of a worker that has done its work: its finalizer runs, then what it has made is disposed, the last first. Whatever
 * fails is told to the pool and keeps nothing else back. The pool waits for as long as that takes.
 */
export async function leave(transport: Transport, finalizer: CallableRef | undefined): Promise<void> {
  const { made } = resourceRegistry();
  if (finalizer === undefined && made.size === 0) exit(0);
  transport.send({ kind: "leaving" }, []);
  const failures: LeftMessage["failures"][number][] = [];
  let result: LeftMessage["result"];
  const transfer: object[] = [];
  if (finalizer !== undefined) {
    try {
      const value: unknown = await (await load(finalizer))();
      result = [pack(value, transfer, transport.sharesMemory ? "thread" : "spawn", "the exit result")];
    } catch (error) {
      failures.push(["finalizer", packError(error)]);
    }
  }
  for (const resource of [...made].reverse())
    await resource.dispose().catch((error: unknown) => failures.push(["dispose", packError(error)]));
  try {
    transport.send({ kind: "left", result, failures }, transfer);
  } catch (error) {
    // Structured clone refused the result after all.
    transport.send({ kind: "left", failures: [...failures, ["finalizer", packError(error)]] }, []);
  }
  exit(0);
}
