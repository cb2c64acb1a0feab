import { noteShare } from "@concurrent-futures/core/reported-progress";
import type { ProgressMessage } from "../wire.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** The call that a worker runs has said how far it is. What fits no call is ignored: it may have ended meanwhile. */
export function noteProgress(handle: WorkerHandle, { id, index, share }: ProgressMessage): void {
  const dispatched = handle.dispatched.find((one) => one.id === id);
  if (dispatched === undefined || index < dispatched.reported) return;
  const owner = dispatched.batch.ownerOf(index);
  if (owner !== undefined) noteShare(handle, owner, share);
}
