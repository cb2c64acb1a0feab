// The least that a worker can do: one function, named by the caller, per message.
import { parentPort, workerData } from "node:worker_threads";
import * as tasks from "../dist/tasks/index.js";

const { name, port = parentPort, move = false } = workerData;
const fn = { ...tasks }[name];
port.on("message", (value) => {
  const result = fn(value);
  port.postMessage(result, move ? [result.buffer] : undefined);
});
