import { getContext, Process, type StartMethod } from "concurrent-futures/multiprocessing";
import { work } from "./tasks.ts";

const [method, numbers] = [process.argv[2] as StartMethod, Number(process.argv[3])];
const context = getContext(method);
const queue = context.JoinableQueue<number | null>();
const total = context.Value("i", 0);
const workers = [1, 2].map(() => new Process({ target: work, args: [queue, total], context: method }));
for (const worker of workers) worker.start();
for (let number = 1; number <= numbers; number++) await queue.put(number);
for (const _ of workers) await queue.put(null);
await queue.join();
for (const worker of workers) await worker.join();
console.log(total.value);
