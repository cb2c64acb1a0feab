import { parentPort, workerData } from "node:worker_threads";
import { load, pack, packError, unpack } from "@concurrent-futures/callable";
import { identify } from "@concurrent-futures/process/workers";
import { checkAllowedClasses } from "../connection/allowed-classes.ts";
import { setAuthkey } from "../process/authkey.ts";
import { builtinTypes } from "./builtin-types.ts";
import { BaseProxy } from "./proxy.ts";
import { maker, type Registry } from "./registry.ts";
import { Remote } from "./remote.ts";
import { Server } from "./server.ts";
import type { ServerData, ServerReady } from "./start-server.ts";

/** The thread of a manager's server. */
async function main({
  self,
  address,
  key,
  trusted,
  limits,
  allow,
  types,
  builtin,
  initializer,
  wakeWord,
}: ServerData): Promise<void> {
  const say = (ready: ServerReady): void => {
    parentPort?.postMessage(ready);
    Atomics.store(wakeWord, 0, 1);
    Atomics.notify(wakeWord, 0);
  };
  try {
    identify(self);
    setAuthkey(key);
    // From now on they are known by their names: no call has to wait until they are imported.
    await unpack(pack([BaseProxy, Remote], [], "spawn"));
    const registry: Registry = builtin ? builtinTypes(trusted) : new Map();
    for (const { type, callable, exposed, methodToTypeid } of types) {
      const make = callable && maker(await load(callable));
      registry.set(type, { make, exposed, methodToTypeid });
    }
    if (initializer !== undefined) {
      const run = (await load(initializer.callable)) as (...args: unknown[]) => unknown;
      await run(...((await unpack(initializer.args)) as unknown[]));
    }
    const allowed = checkAllowedClasses(await Promise.all(allow.map((Class) => load(Class))));
    const server = new Server({ address, key, registry, trusted, limits, allow: allowed });
    await server.listen();
    parentPort?.once("message", () => server.closeWhenUnused());
    say({ address: server.address });
    await server.serveForever();
    process.exit();
  } catch (error) {
    say({ failure: packError(error, "thread") });
  }
}

void main(workerData as ServerData);
