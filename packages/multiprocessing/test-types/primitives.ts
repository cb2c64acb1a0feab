// biome-ignore-all lint/suspicious/noConfusingVoidType: that effects return nothing is what is tested.
import * as mp from "@concurrent-futures/multiprocessing";

// One contract for each primitive, whatever the context, with `new` and without.
const thread = mp.getContext("thread");
const spawn = mp.getContext("spawn");
for (const made of [mp.Lock(), new mp.Lock(), thread.Lock(), new spawn.Lock()]) made satisfies mp.Lock;
for (const made of [mp.Condition(spawn.RLock()), spawn.Condition()]) made satisfies mp.Condition;
spawn.Barrier(2, () => {}, 100) satisfies mp.Barrier;
spawn.Pipe() satisfies [mp.Connection, mp.Connection];

// Type parameters survive.
mp.Queue<number>() satisfies mp.Queue<number>;
new mp.Queue<number>(3) satisfies mp.Queue<number>;
spawn.Queue<number>().get() satisfies Promise<number>;
new thread.JoinableQueue<string>(1) satisfies mp.JoinableQueue<string>;
spawn.SimpleQueue<string>().getSync() satisfies string;
new mp.JoinableQueue<number>() satisfies mp.Queue<number>;
new mp.BoundedSemaphore(1) satisfies mp.Semaphore;

// Values and arrays: with `new` and without, by the default context and by each.
for (const made of [mp.Value("i", 1), new mp.Value("i"), spawn.Value("i"), new thread.Value("i", 2)]) {
  made satisfies mp.Value<"i">;
  made.value satisfies number;
}
for (const made of [mp.Array("q", 3), new mp.SharedArray("q", [1n]), spawn.Array("q", 1)]) {
  made satisfies mp.SharedArray<"q">;
  made satisfies mp.Acquirable;
  made.get(0) satisfies bigint;
  [...made] satisfies bigint[];
}
mp.Value("c", "x").getLock() satisfies mp.Lock | mp.RLock;
mp.Value("i", 1, { lock: false }) satisfies mp.RawValue<"i">;
new spawn.Array("d", 2, { lock: false }) satisfies mp.RawArray<"d">;
mp.RawValue("q").value satisfies bigint;
new thread.RawArray("c", 2).get(0) satisfies string;
const value: unknown = mp.Value("i");
if (value instanceof mp.Value) value.getLock() satisfies mp.Lock | mp.RLock;

// Waits and effects are promises with a blocking variant, looks are plain.
const lock = spawn.Lock();
lock.acquire(10) satisfies Promise<boolean>;
lock.release() satisfies Promise<void>;
lock.releaseSync() satisfies void;
lock.locked() satisfies boolean;
spawn.Semaphore(2).release(2) satisfies Promise<void>;
spawn.Event().isSet() satisfies boolean;
spawn.Barrier(2).parties satisfies number;
new mp.Queue().putNowaitSync(1) satisfies void;
lock.run(() => 1) satisfies Promise<number>;
lock.guardSync()[Symbol.dispose]() satisfies void;

// `instanceof` narrows.
const unknown: unknown = lock;
if (unknown instanceof mp.Lock) unknown.locked() satisfies boolean;

// A manager's looks are promises, so its primitives are not the contract, but what can be acquired is.
const manager = await mp.Manager();
const managed = await manager.Lock();
managed satisfies mp.LockProxy;
managed satisfies mp.Acquirable;
managed.locked() satisfies Promise<boolean>;
managed.lockedSync() satisfies boolean;
const queue = await manager.Queue<number>(3);
queue.get() satisfies Promise<number>;
queue.qsize() satisfies Promise<number>;
queue satisfies Pick<mp.Queue<number>, "put" | "get">;
(await manager.Barrier(2)).parties satisfies Promise<number>;
queue.releaseProxy();

// What must not compile.
// @ts-expect-error: its looks are promises
managed satisfies mp.Lock;
// @ts-expect-error: a lock is no semaphore
mp.Lock() satisfies mp.Semaphore;
// @ts-expect-error: a recursive lock is another contract
mp.RLock() satisfies mp.Lock;
// @ts-expect-error: a queue of numbers takes no texts
mp.Queue<number>().put("1");
// @ts-expect-error: there are no internals to give
mp.Lock({});
// @ts-expect-error: a condition needs a lock
mp.Condition(mp.Semaphore(1));
// @ts-expect-error: a barrier's size is no method
(await manager.Barrier(2)).parties();
// @ts-expect-error: a primitive cannot be extended
class _Mine extends mp.Lock {}

// @ts-expect-error: a number is no text
mp.Value("i", "1");
// @ts-expect-error: a raw value has no lock
mp.Value("i", 1, { lock: false }) satisfies mp.Value<"i">;
// @ts-expect-error: a value is no array
mp.Value("i") satisfies mp.SharedArray<"i">;
// @ts-expect-error: a manager's value has get() and set(), as its server may be anywhere
(await manager.Value("i", 1)) satisfies mp.Value<"i">;
// @ts-expect-error: a raw value is made of a typecode and a value, and nothing else
new mp.RawValue("i", 1, new SharedArrayBuffer(4));
// @ts-expect-error: so is a raw array
mp.RawArray("i", 1, new SharedArrayBuffer(4));
// @ts-expect-error: a named block has no internals to give
new mp.SharedMemory("name", {}, {});
// @ts-expect-error: a queue has no internals to give
mp.Queue(1, {});

// Pools: what a function or an initializer needs must be given.
const pool = mp.Pool(2);
const add = (_a: number, _b: number): number => 1;
pool.apply(() => 1) satisfies Promise<number>;
pool.apply(add, [1, 2]) satisfies Promise<number>;
pool.applyAsync(add, [1, 2], { callback: (sum) => sum.toFixed() });
pool.map((n: number) => n, [1], { chunksize: 5 });
mp.Pool({ initializer: (_name: string) => {}, initargs: ["x"] });
mp.getContext("spawn").Pool({ processes: 2, initializer: () => {} });
mp.getStartMethod() satisfies mp.StartMethod;
// @ts-expect-error: arguments are missing
pool.apply(add);
// @ts-expect-error: an argument is missing
pool.applyAsync(add, [1]);
// @ts-expect-error: nothing more is taken
pool.apply(add, [1, 2], { b: 2 });
// @ts-expect-error: the initializer takes a text
mp.Pool({ initializer: (_name: string) => {}, initargs: [3] });
// @ts-expect-error: the initializer needs its argument
mp.Pool({ initializer: (_name: string) => {} });
