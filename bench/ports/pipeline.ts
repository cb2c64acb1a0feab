import { getContext, Manager, Process, type StartMethod } from "concurrent-futures/multiprocessing";
import { stage } from "./tasks.ts";

const [method, numbers] = [process.argv[2] as StartMethod, Number(process.argv[3])];
const context = getContext(method);
await using manager = await Manager();
const done = await manager.dict<string, number>();
const first = context.Queue<number | null>();
const second = context.Queue<number | null>();
const last = context.Queue<number | null>();
const stages = [
  new Process({ target: stage, args: ["first", first, second, done], context: method }),
  new Process({ target: stage, args: ["second", second, last, done], context: method }),
];
for (const each of stages) each.start();
for (let number = 0; number < numbers; number++) await first.put(number);
await first.put(null);
let total = 0;
for (let number = await last.get(); number !== null; number = await last.get()) total += number;
for (const each of stages) await each.join();
console.log(total * 10000 + Number(await done.get("first")) + Number(await done.get("second")));
