import { parentPort } from "node:worker_threads";
import { serve } from "./serve.mjs";

parentPort.on("message", (call) =>
  serve(call, "thread", (reply, transfer) => parentPort.postMessage(reply, transfer)),
);
