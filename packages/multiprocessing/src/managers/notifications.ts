import type { BaseProxy } from "./proxy.ts";

/** An idempotent call whose reply is ignored. */
interface Notification {
  readonly proxy: BaseProxy;
  readonly method: string;
  readonly args: readonly unknown[];
}

const pending = new Set<Notification>();

/**
 * Calls a method from where nobody can wait. When the server is gone, the next call says so.
 *
 * @param method - one that may be called again with the same arguments.
 */
export function notify(proxy: BaseProxy, method: string, args: readonly unknown[]): void {
  const notification = { proxy, method, args };
  const delivered = (): void => {
    pending.delete(notification);
  };
  pending.add(notification);
  proxy.callMethod(method, args).then(delivered, delivered);
}

/** Before this thread blocks: what its event loop has not brought to a server yet would not get there meanwhile. */
export function flushNotifications(): void {
  for (const notification of pending) {
    pending.delete(notification);
    try {
      notification.proxy.callMethodSync(notification.method, notification.args);
    } catch {
      // As above.
    }
  }
}
