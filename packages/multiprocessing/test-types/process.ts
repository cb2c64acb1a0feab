import {
  type Connection,
  getContext,
  type Lock,
  type ParentProcess,
  type Pool,
  Process,
  parentProcess,
  Queue,
  ThreadPool,
  Value,
} from "@concurrent-futures/multiprocessing";
import { ProcessPoolExecutor } from "@concurrent-futures/process";

const greet = (_name: string, _times: number): void => {};
const optional = (_name?: string): void => {};

new Process();
new Process({ target: greet, args: ["world", 2] });
new Process({ target: optional });
new Process({ target: optional, args: ["x"], name: "one", daemon: true, context: "spawn" });
const process = new Process({ target: () => 1 });
process.exitcode satisfies number | null;
process.pid satisfies number | null;
process.isAlive() satisfies boolean;
process.join(1_000) satisfies Promise<void>;
parentProcess() satisfies ParentProcess | null;

class Mine extends Process {
  readonly to: string;
  constructor(to: string) {
    super({ name: "mine" });
    this.to = to;
  }
  override async run(): Promise<void> {}
}
new Mine("x").start();

// With `new` and without, in each context.
const thread = getContext("thread");
const spawn = getContext("spawn");
thread.Process({ target: greet, args: ["world", 2] }).start();
new spawn.Process({ target: greet, args: ["world", 2] }).start();
thread.Lock() satisfies Lock;
spawn.Lock() satisfies Lock;
thread.Pipe() satisfies [Connection, Connection];
spawn.Pipe(false) satisfies [Connection, Connection];
thread.Pool(2) satisfies Pool;
spawn.Pool({ processes: 2 }) satisfies Pool;
thread.getStartMethod() satisfies "thread";
new Queue<number>(3) satisfies Queue<number>;
Queue(3).put(1) satisfies Promise<void>;
Value("i", 1).value satisfies number;
new ProcessPoolExecutor({ mpContext: spawn });

// What must not compile.
// @ts-expect-error: arguments are missing
new Process({ target: greet });
// @ts-expect-error: an argument is missing
new Process({ target: greet, args: ["world"] });
// @ts-expect-error: times is a number
new Process({ target: greet, args: ["world", "twice"] });
// @ts-expect-error: it takes two
new Process({ target: greet, args: ["world", 2, 3] });
// @ts-expect-error: there is no fork
new Process({ context: "fork" });
// @ts-expect-error: there is no group
new Process({ group: null });
// @ts-expect-error: an argument is missing, without new as well
spawn.Process({ target: greet, args: ["world"] });
// @ts-expect-error: a pool of a context has no other one
spawn.Pool({ context: "thread" });
// @ts-expect-error: there is no fork
getContext("fork");
// @ts-expect-error: an exit code cannot be set
process.exitcode = 1;

const calls = new ThreadPool({ processes: 2, initializer: (_url: string) => {}, initargs: ["x"] });
calls.map((n: number) => `${n}`, [1]) satisfies Promise<string[]>;
// @ts-expect-error: the input does not fit the function.
void calls.map((n: number) => n, ["a"]);
// @ts-expect-error: it takes no call, for it always throws.
calls.applySync(greet, ["world", 2]);
// @ts-expect-error: the arguments of the initializer are missing.
new ThreadPool({ initializer: (_url: string) => {} });
