import { type Future, SerializationError } from "@concurrent-futures/core";
import { noteShare } from "@concurrent-futures/core/reported-progress";
import { isThenable } from "@concurrent-futures/core/thenable";
import { type ReplyFrame, shareIn } from "../wire/frames.ts";
import type { NamedModules } from "../wire/named-modules.ts";

/** Gives a call what a worker says of it. The first outcome counts: a call that ran twice has a second one. */
export function settle(call: Future<unknown>, frame: ReplyFrame, modules: NamedModules): void {
  if (call.done()) return;
  const { kind, bytes } = frame;
  switch (kind) {
    case "progress":
    case "started": {
      if (!call.running()) call.setRunningOrNotifyCancel();
      const share = shareIn(frame);
      if (share !== undefined) noteShare(call, call, share);
      return;
    }
    case "not run":
      return;
    case "result":
    case "error":
      settleWith(call, kind === "error", bytes, modules);
  }
}

function settleWith(call: Future<unknown>, failed: boolean, bytes: Uint8Array, modules: NamedModules): void {
  let value: unknown;
  try {
    value = modules.decode(bytes);
    // A worker awaits what it sends. Code that awaits the future would call the function that is in it.
    if (isThenable(value))
      throw new SerializationError("Expected a result, got an object with a method `then`.");
  } catch (error) {
    // What cannot be read is this call's outcome; the reader goes on.
    call.setException(error);
    return;
  }
  if (failed) call.setException(value);
  else call.setResult(value);
}
