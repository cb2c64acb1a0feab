import { workerData } from "node:worker_threads";
import { packError } from "@concurrent-futures/callable";
import { linkTo } from "./link.ts";
import type { SyncReply, SyncRequest, SyncStart } from "./sync-link.ts";

/** The helper thread of one thread: carries its blocking calls to the servers and rings when the answer is there. */
const { wakeWord, port } = workerData as SyncStart;

port.on("message", ({ address, key, client, before, body }: SyncRequest) => {
  const answer = (message: SyncReply): void => {
    port.postMessage(message);
    Atomics.add(wakeWord, 0, 1);
    Atomics.notify(wakeWord, 0);
  };
  const link = linkTo(address, key, client);
  for (const one of before) link.post(one);
  link.request(body).then(
    (reply) => answer({ reply }),
    (error) => answer({ failure: packError(error, "thread") }),
  );
});
