import { randomUUID } from "node:crypto";
import { madeFor, reduce } from "@concurrent-futures/callable";
import { checkFunction, checkOptions } from "@concurrent-futures/core/options";
import { resourceRegistry } from "./resource-registry.ts";
import { travelsAs } from "./travelling-class.ts";

/** What {@link resource} takes besides the function that makes it. */
export interface ResourceOptions<R> {
  /** Called with the resource when its worker leaves, and awaited. @default nothing */
  readonly dispose?: (resource: R) => void | Promise<void>;
}

/** What travels of a resource: how to make one, never the one that is there. */
interface ResourceState {
  readonly id: string;
  readonly create: () => unknown;
  readonly dispose: ((resource: never) => unknown) | undefined;
}

/**
 * Something that each worker has one of: a model, a connection, a cache. The function that comes back gives it: the first call
 * in a worker makes it, later ones give the same, and those that come meanwhile wait for it.
 *
 * When the worker leaves, by `shutdown()`, `maxTasksPerChild` or `idleTimeout`, `dispose` is called, the resource made last
 * first, and awaited for as long as it takes. A worker that is killed, by a crash, `terminateWorkers()` or the end of the
 * program, disposes nothing. In the main thread, it is one for the program, which is never disposed.
 *
 * It stays one per worker wherever it is used: exported and imported, captured by a function, or passed as an argument.
 * When `create` fails, the call that wanted it fails with that error, and the next use tries again. Python has no such thing;
 * there an initializer fills a global variable.
 *
 * @throws ArgumentTypeError when `create` or `dispose` is not a function.
 *
 * @example
 * ```ts
 * const database = resource(() => connect("postgres://localhost"), { dispose: (connection) => connection.close() });
 * const count = (table: string) => database().then((connection) => connection.count(table));
 * await pool.map(count, ["users", "orders"]).toArray();
 * ```
 */
export function resource<R>(
  create: () => R | Promise<R>,
  options: ResourceOptions<R> = {},
): () => Promise<Awaited<R>> {
  checkFunction("create", create);
  checkOptions("options", options, ["dispose"]);
  const { dispose } = options;
  if (dispose !== undefined) checkFunction("dispose", dispose);
  return getterOf({ id: randomUUID(), create, dispose }) as () => Promise<Awaited<R>>;
}

/** One resource of this worker: not made yet, being made, or there. @public a worker finds it by its name */
export class Resource {
  readonly #state: ResourceState;
  #made: Promise<unknown> | undefined;

  constructor(state: ResourceState) {
    this.#state = state;
  }

  get(): Promise<unknown> {
    this.#made ??= this.#make();
    return this.#made;
  }

  #make(): Promise<unknown> {
    const { create, dispose } = this.#state;
    const { made } = resourceRegistry();
    const making = (async (): Promise<unknown> => create())();
    const entry = {
      dispose: async (): Promise<void> => {
        const value = await making;
        await dispose?.(value as never);
      },
    };
    made.add(entry);
    making.catch(() => {
      made.delete(entry);
      this.#made = undefined;
    });
    return making;
  }

  static {
    travelsAs(Resource, import.meta.url, (state: ResourceState) => {
      const { byId } = resourceRegistry();
      const getter = byId.get(state.id) ?? getterOf(state);
      byId.set(state.id, getter);
      return getter;
    });
  }
}

/** The function that users hold. It travels as its resource. */
function getterOf(state: ResourceState): () => Promise<unknown> {
  const its = new Resource(state);
  const getter = (): Promise<unknown> => its.get();
  const hidden = { [reduce]: () => state, [madeFor]: state.create, constructor: Resource };
  for (const key of Reflect.ownKeys(hidden))
    Object.defineProperty(getter, key, { value: (hidden as Record<PropertyKey, unknown>)[key] });
  return getter;
}
