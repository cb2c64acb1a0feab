import { Future } from "concurrent-futures";

/** A future in each state that CPython's tests begin from. */
export const pending = (): Future<number> => new Future<number>();

export function running(): Future<number> {
  const future = new Future<number>();
  future.setRunningOrNotifyCancel();
  return future;
}

export function cancelled(): Future<number> {
  const future = new Future<number>();
  future.cancel();
  return future;
}

export function cancelledAndNotified(): Future<number> {
  const future = cancelled();
  future.setRunningOrNotifyCancel();
  return future;
}

/** Python's tests fail theirs with OSError. */
export class OSError extends Error {
  override readonly name: string = "OSError";
}

export function failed(error: unknown = new OSError("failed")): Future<number> {
  const future = new Future<number>();
  future.setException(error);
  return future;
}

export function successful(value = 42): Future<number> {
  const future = new Future<number>();
  future.setResult(value);
  return future;
}
