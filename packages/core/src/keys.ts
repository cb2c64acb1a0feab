/**
 * The keys under which the packages of this library meet in one process, and two copies of one package: a test runner loads each
 * file's own, and a worker's bundle has one beside what its tasks import. A test holds that there are no others.
 *
 * A number at the end of a key is that of the shape of what is found there: a change of the shape changes the number, so that two
 * versions of a package do not take one for the other. Keys without a number are for users' classes too, and do not change.
 */

/** On the prototype of each error class: the names of the class and of those that it extends. */
export const errorNames: unique symbol = Symbol.for("concurrent-futures.error");

/** A method of a class: what of an instance is sent. Public, as `reduce` of callable. */
export const reduce: unique symbol = Symbol.for("concurrent-futures.reduce");

/** A static method of a class: makes an instance of what was sent. Public, as `revive` of callable. */
export const revive: unique symbol = Symbol.for("concurrent-futures.revive");

/** On a function or class: the module and the name under which it can be imported. Public, as `reference` of callable. */
export const reference: unique symbol = Symbol.for("concurrent-futures.reference");

/** On a view made for a value: what it was made for. Public, as `madeFor` of callable. */
export const madeFor: unique symbol = Symbol.for("concurrent-futures.made-for");

/** On a manager's proxy: gives its state for another machine, without any key. */
export const proxyState: unique symbol = Symbol.for("concurrent-futures.proxy-state.1");

/** On `globalThis`: what travels with each call, by name. */
export const carriers: unique symbol = Symbol.for("concurrent-futures.carriers.1");

/** On `globalThis`: the tracer of the calls of pools. */
export const callTracer: unique symbol = Symbol.for("concurrent-futures.call-tracer.1");

/** On `globalThis`: functions that return the running task, in the order in which they were added. */
export const taskProviders: unique symbol = Symbol.for("concurrent-futures.task-providers.1");

/** On `globalThis`: the state of callable that must be one, by name. */
export const callableState: unique symbol = Symbol.for("concurrent-futures.callable.state.2");

/** On `globalThis`, where a bundler has put this library into a program: its modules by URL, each as a function that gives it. */
export const ownModules: unique symbol = Symbol.for("concurrent-futures.own-modules.1");

/** On `globalThis`, in the same programs: a function that gives the text of the program that workers run. */
export const workerProgram: unique symbol = Symbol.for("concurrent-futures.worker-program.1");

/** On the module `node:inspector`, for a moment: what is being looked at. */
export const inspected: unique symbol = Symbol.for("concurrent-futures.inspected.1");

/** On `globalThis` of a worker: the lock that keeps loading modules and ending the thread apart. */
export const moduleLoadLock: unique symbol = Symbol.for("concurrent-futures.module-load-lock.1");

/** On `globalThis` of a worker: its identity, and that of its parent. */
export const identity: unique symbol = Symbol.for("concurrent-futures.identity.1");

/** On `process`: the set of threads that this one has started. */
export const threads: unique symbol = Symbol.for("concurrent-futures.threads.1");

/** On a `Worker`: what the copies of `multiprocessing` do when it is online and when it exits; one listener serves all. */
export const exitWatchers: unique symbol = Symbol.for("concurrent-futures.exit-watchers.1");

/** On `globalThis` of a worker: the resources that it has made. */
export const resources: unique symbol = Symbol.for("concurrent-futures.resources.1");

/** On `globalThis` of a worker: its line to the executors that its tasks were given. */
export const nestedLink: unique symbol = Symbol.for("concurrent-futures.nested-link.1");

/** On `globalThis`: the values that `share()` has given to this thread or process. */
export const sharedValues: unique symbol = Symbol.for("concurrent-futures.shared-values.1");

/** On a typed array in memory that processes share: where that memory is. */
export const place: unique symbol = Symbol.for("concurrent-futures.place");

/** In Node's environment data: the table of threads that have exited. */
export const threadExits = "concurrent-futures.thread-exits.1";

/** In Node's environment data: the directory of named memory. */
export const memoryDirectory = "concurrent-futures.memory.1";

/** In a message: the value below was packed by callable. No user's key begins with the same character by chance. */
export const packed = "\u0000concurrent-futures.packed";
