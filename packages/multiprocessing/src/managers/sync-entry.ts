import { workerData } from "node:worker_threads";
import { packError } from "@concurrent-futures/callable";
import { linkTo } from "./link.ts";
import type { SyncAnswer, SyncAsk, SyncStart } from "./sync-link.ts";

/** The helper thread of one thread: carries its blocking calls to the servers and rings when the answer is there. */
const { bell, port } = workerData as SyncStart;

port.on("message", ({ address, key, client, before, ask }: SyncAsk) => {
  const answer = (message: SyncAnswer): void => {
    port.postMessage(message);
    Atomics.add(bell, 0, 1);
    Atomics.notify(bell, 0);
  };
  const link = linkTo(address, key, client);
  for (const one of before) link.tell(one);
  link.request(ask).then(
    (reply) => answer({ reply }),
    (error) => answer({ failure: packError(error, "thread") }),
  );
});
