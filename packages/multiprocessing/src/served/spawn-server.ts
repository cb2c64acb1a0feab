import { type Address, temporaryAddress } from "../connection/address.ts";
import { processKey, rememberServer } from "../managers/authkey.ts";
import { type BaseProxy, makeProxy, resultOfSync } from "../managers/proxy.ts";
import { packValue } from "../managers/proxy-values.ts";
import { launch } from "../managers/start-server.ts";
import { requestSync } from "../managers/sync-link.ts";
import type { ProxyState } from "../managers/wire.ts";

/** How long the server's thread may take to start, in milliseconds. */
const startTime = 30_000;

let address: Address | undefined;

/** The address of this thread's spawn server; starts it when it is first needed, and waits for it. */
function spawnServer(): Address {
  if (address !== undefined) return address;
  const at = temporaryAddress();
  const wakeWord = new Int32Array(new SharedArrayBuffer(4));
  const key = processKey();
  const { worker } = launch(
    { address: at, key, trusted: true, types: [], initializer: undefined, wakeWord },
    true,
  );
  worker.unref();
  Atomics.wait(wakeWord, 0, 0, startTime);
  rememberServer(at, { key, trusted: true });
  address = at;
  return at;
}

/**
 * A lock, queue or signal that spawned processes can use: it lives in a server like a manager's, one per thread that
 * makes any, which starts with the first and ends with the program. Blocks for the moment of its creation, so that
 * wrong arguments throw at the call.
 */
export function createServed<P extends BaseProxy>(type: string, args: readonly unknown[]): P {
  const at = spawnServer();
  const body = { op: "create", type, args: packValue(args, "spawn", "the arguments") } as const;
  const reply = requestSync(at, processKey(), body);
  return makeProxy(resultOfSync({ address: at }, reply) as ProxyState) as P;
}
