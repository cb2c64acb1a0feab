import { reference } from "@concurrent-futures/callable/load";
import { Listener as ListenerClass } from "../connection/listener.ts";
import type { Typecode } from "../contract/typecodes.ts";
import { Pool as PoolClass } from "../pool/pool.ts";
import { ThreadPool as ThreadPoolClass } from "../pool/thread-pool.ts";
import { Process as ProcessClass } from "../process/process.ts";
import { RawArray as RawArrayClass } from "../shared/raw-array.ts";
import { RawValue as RawValueClass } from "../shared/raw-value.ts";
import { ShareableList as ShareableListClass } from "../shared/shareable-list.ts";
import { SharedMemory as SharedMemoryClass } from "../shared/shared-memory.ts";
import type { RawArrayMaker, RawValueMaker } from "./maker.ts";
import type { PoolMaker, ThreadPoolMaker } from "./pools.ts";
import type { ContextProcess } from "./processes.ts";
import { type AnyClass, type Callable, withoutNew } from "./without-new.ts";

/** The classes of this package that are one class for each context, as they are exported: they work without `new` too. */

/** Taken out of the module, each still is what the module's own is, also in a worker. */
function callable<C extends AnyClass>(Class: C): Callable<C> {
  const made = withoutNew(Class);
  return Object.defineProperty(made, reference, { value: { module: import.meta.url, path: [made.name] } });
}

/** A worker that runs one function (Python: `multiprocessing.Process`). See the class for its methods. */
export const Process: ContextProcess<typeof ProcessClass> = /* @__PURE__ */ callable(
  ProcessClass,
) as unknown as ContextProcess<typeof ProcessClass>;
export type Process<A extends readonly unknown[] = []> = ProcessClass<A>;

/** Workers that share calls (Python: `multiprocessing.Pool`). See the class for its methods. */
export const Pool: PoolMaker = /* @__PURE__ */ callable(PoolClass) as unknown as PoolMaker;
export type Pool = PoolClass;

/** The methods of `Pool` over this event loop (Python: `multiprocessing.pool.ThreadPool`). See the class for its methods. */
export const ThreadPool: ThreadPoolMaker = /* @__PURE__ */ callable(
  ThreadPoolClass,
) as unknown as ThreadPoolMaker;
export type ThreadPool = ThreadPoolClass;

/** A number or character in shared memory, without a lock. */
export const RawValue: RawValueMaker = /* @__PURE__ */ callable(RawValueClass) as unknown as RawValueMaker;
export type RawValue<C extends Typecode = Typecode> = RawValueClass<C>;

/** Numbers or characters in a row in shared memory, without a lock. */
export const RawArray: RawArrayMaker = /* @__PURE__ */ callable(RawArrayClass) as unknown as RawArrayMaker;
export type RawArray<C extends Typecode = Typecode> = RawArrayClass<C>;

/** A block of shared memory with a name. */
export const SharedMemory: Callable<typeof SharedMemoryClass> = /* @__PURE__ */ callable(SharedMemoryClass);
export type SharedMemory = SharedMemoryClass;

/** A list of fixed length and places in shared memory. */
export const ShareableList: Callable<typeof ShareableListClass> =
  /* @__PURE__ */ callable(ShareableListClass);
export type ShareableList = ShareableListClass;

/** Waits for connections. */
export const Listener: Callable<typeof ListenerClass> = /* @__PURE__ */ callable(ListenerClass);
export type Listener = ListenerClass;
