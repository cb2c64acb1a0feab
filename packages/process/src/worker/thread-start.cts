const { workerData } = require("node:worker_threads") as typeof import("node:worker_threads");

/**
 * What piscina loads in a thread, by `require`. The entry itself is imported, not required: a thread that is terminated
 * while Node's `require` puts ES modules together takes the whole process along ("IsGraphAsync must be used on an
 * instantiated module", Node 20), and pools are ended at any moment.
 */
void import((workerData as import("../thread-data.ts").ThreadData).entry);

/** Piscina wants a handler; its one task only serves to start the thread. */
module.exports = (): void => {};
