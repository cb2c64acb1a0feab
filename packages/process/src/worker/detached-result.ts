import { pack, packError } from "@concurrent-futures/callable/load";
import { SerializationError } from "@concurrent-futures/core/errors";
import { movedToProcess } from "../shared-arrays.ts";
import type { EndedMessage } from "../wire.ts";
import { mendBuiltins } from "./builtins.ts";
import type { BatchCall } from "./running-batch.ts";
import type { Transport } from "./transport.ts";

/** Sends the outcome of a call that has left its batch. What cannot be sent fails it. */
export function sendEnded(transport: Transport, call: BatchCall, outcome: unknown, failed: boolean): void {
  mendBuiltins();
  const { index, microseconds } = call;
  const { id } = call.batch;
  const message: EndedMessage = { kind: "ended", id, index, microseconds };
  const fail = (error: unknown): void => transport.send({ ...message, failure: packError(error) }, []);
  if (failed) {
    fail(outcome);
    return;
  }
  const transfer: object[] = [];
  let value: unknown;
  try {
    value = transport.sharesMemory
      ? pack(outcome, transfer, "thread", "the result")
      : pack(movedToProcess(outcome, "passed on"), transfer, "spawn", "the result");
  } catch (error) {
    fail(error);
    return;
  }
  try {
    transport.send({ ...message, value }, transfer);
  } catch (cause) {
    fail(
      new SerializationError(
        `The result of the task cannot be sent back from the worker: ${String(cause)}. Return plain data, or give its class a [reduce]() method.`,
        { cause },
      ),
    );
  }
}
