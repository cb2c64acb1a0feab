import { getContext, Process, type StartMethod } from "concurrent-futures/multiprocessing";
import { serve } from "./tasks.ts";

const [method, requests] = [process.argv[2] as StartMethod, Number(process.argv[3])];
const [here, there] = getContext(method).Pipe();
const worker = new Process({ target: serve, args: [there], context: method });
worker.start();
let total = 0;
for (let request = 0; request < requests; request++) {
  await here.send(Array.from({ length: 100 }, (_, at) => request + at));
  total += (await here.recv()) as number;
}
await here.send(null);
await worker.join();
console.log(total);
