import "./fixtures/served-only.ts";
import { afterAll } from "@jest/globals";
import { backends, closeBackends, contexts } from "./fixtures/backends.ts";
import { describeBarriers } from "./suites/barrier.ts";
import { describeConditions } from "./suites/condition.ts";
import { describeConnections } from "./suites/connection.ts";
import { describeLocks } from "./suites/lock.ts";
import { describeQueues, describeSimpleQueues } from "./suites/queue.ts";
import { describeValues } from "./suites/value.ts";
import { describeWaits } from "./suites/wait.ts";

/** Each contract has one suite; here they run over shared memory, over a server in processes, and over managers. */

for (const backend of backends) {
  describeLocks(backend);
  describeConditions(backend);
  describeBarriers(backend);
  describeQueues(backend);
}

for (const backend of contexts) {
  describeSimpleQueues(backend);
  describeConnections(backend);
  describeWaits(backend);
}

// What a server has no values for is memory itself: `without-process-memory.test.ts` has what is said then, and a manager
// has `get()` and `set()`, as in Python.
for (const backend of contexts) if (backend.inSharedMemory) describeValues(backend);

afterAll(closeBackends);
