import { SerializationError } from "@concurrent-futures/core";
import { proxyState } from "@concurrent-futures/core/keys";
import type { AuthKey } from "./mac.ts";

/** What stands among the modules that a message names when it has managers' proxies. No module has such a name. */
export const proxiesMark = "proxies";

/** Makes a proxy that has arrived; what it takes, in bytes, goes by `charge`. */
export type ProxyMaker = (state: unknown, charge: (bytes: number) => void) => object;

/** What a proxy says of itself for another machine; `undefined` for anything else. @throws SerializationError by its manager */
export function stateOfProxy(value: object): object | undefined {
  return (value as { readonly [proxyState]?: () => object })[proxyState]?.();
}

/** Loaded with the first proxy that arrives: most programs have none. @throws SerializationError where the package is missing */
export async function loadProxyMaker(authkey: AuthKey): Promise<ProxyMaker> {
  try {
    const { arrivedProxy } = await import("@concurrent-futures/multiprocessing/proxies");
    return (state, charge) => arrivedProxy(state, authkey, charge);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new SerializationError(
      "A manager's proxy has arrived, which needs a package here: npm install @concurrent-futures/multiprocessing",
    );
  }
}
