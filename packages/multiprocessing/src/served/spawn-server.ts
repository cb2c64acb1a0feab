import { Deadline } from "@concurrent-futures/core/deadline";
import { hasEnded } from "@concurrent-futures/process/workers";
import type { Address } from "../connection/address.ts";
import { temporaryAddress } from "../connection/temporary-address.ts";
import { OSError } from "../errors.ts";
import { unlimited } from "../managers/limits.ts";
import { packValue } from "../managers/proxy-values.ts";
import { linkOf, Remote, resultOfSync } from "../managers/remote.ts";
import { rememberServer } from "../managers/server-access.ts";
import { launch } from "../managers/start-server.ts";
import type { ProxyState } from "../managers/wire.ts";
import { processKey } from "../process/authkey.ts";

/** How long the server's thread may take to start, in milliseconds. */
const startTime = 30_000;

/** How often the thread that waits for it looks whether it has ended, in milliseconds. */
const checkInterval = 200;

let address: Address | undefined;

/** The address of this thread's spawn server; starts it when it is first needed, and waits for it. */
function spawnServer(): Address {
  if (address !== undefined) return address;
  const at = temporaryAddress();
  const wakeWord = new Int32Array(new SharedArrayBuffer(4));
  const key = processKey();
  const { worker } = launch(
    {
      name: "SpawnServer",
      address: at,
      key,
      trusted: true,
      limits: unlimited,
      allow: [],
      types: [],
      builtin: true,
      initializer: undefined,
      wakeWord,
    },
    true,
  );
  worker.unref();
  const deadline = new Deadline(startTime);
  while (Atomics.wait(wakeWord, 0, 0, checkInterval) === "timed-out") {
    if (!deadline.passed && !hasEnded(worker)) continue;
    throw new OSError(
      "The server thread through which processes share locks and queues did not start: is there enough memory?",
    );
  }
  rememberServer(at, { key, trusted: true });
  address = at;
  return at;
}

/**
 * A lock, queue or signal that spawned processes can use: it lives in a server like a manager's, one per thread that
 * makes any, which starts with the first and ends with the program. Blocks for the moment of its creation, so that
 * wrong arguments throw at the call.
 */
export function createServed(type: string, args: readonly unknown[]): Remote {
  const at = spawnServer();
  const body = { op: "create", type, args: packValue(args, "spawn", "the arguments", at) } as const;
  const reply = linkOf({ address: at }).requestSync(body);
  return new Remote(resultOfSync({ address: at }, reply) as ProxyState);
}
