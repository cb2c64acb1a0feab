import { z } from "zod";

export const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

const schema = z.object({ n: z.number() });
export const parse = (value) => schema.parse(value).n;

export class TaskError extends Error {
  name = "TaskError";
  constructor(code) {
    super(`code ${code}`);
    Object.defineProperty(this, "code", { value: code });
  }
}
export function fail(code) {
  throw new TaskError(code);
}

// A closure over it would need what cannot travel, if it took the whole module along.
let calls = 0;
export const count = () => ++calls;

export function produce(queue, n) {
  queue.putSync(fib(n));
}
