// Sleeps in Atomics.wait until a message is there, answers, and wakes the caller, who sleeps likewise.
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import * as tasks from "../dist/tasks/index.js";

const { name, port, bells } = workerData;
const fn = { ...tasks }[name];
for (let heard = 0; ; heard++) {
  Atomics.wait(bells, 0, heard);
  const received = receiveMessageOnPort(port);
  if (received === undefined || received.message === "stop") break;
  port.postMessage(fn(received.message));
  Atomics.add(bells, 1, 1);
  Atomics.notify(bells, 1);
}
port.close();
