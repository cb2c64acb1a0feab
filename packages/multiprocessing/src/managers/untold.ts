import type { BaseProxy } from "./proxy.ts";

/** A call whose answer nobody needs. Made a second time it changes nothing. */
interface Tale {
  readonly proxy: BaseProxy;
  readonly method: string;
  readonly args: readonly unknown[];
}

const untold = new Set<Tale>();

/**
 * Calls a method from where nobody can wait. When the server is gone, the next call says so.
 *
 * @param method - one that may be called again with the same arguments.
 */
export function tell(proxy: BaseProxy, method: string, args: readonly unknown[]): void {
  const tale = { proxy, method, args };
  const isTold = (): void => {
    untold.delete(tale);
  };
  untold.add(tale);
  proxy.callMethod(method, args).then(isTold, isTold);
}

/** Before this thread blocks: what its event loop has not brought to a server yet would not get there meanwhile. */
export function tellNow(): void {
  for (const tale of untold) {
    untold.delete(tale);
    try {
      tale.proxy.callMethodSync(tale.method, tale.args);
    } catch {
      // As above.
    }
  }
}
