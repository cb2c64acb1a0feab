import { afterAll } from "@jest/globals";
import { closeBackends, processMemory } from "./fixtures/backends.ts";
import { describeBarriers } from "./suites/barrier.ts";
import { describeConditions } from "./suites/condition.ts";
import { describeConnections } from "./suites/connection.ts";
import { describeLocks } from "./suites/lock.ts";
import { describeQueues, describeSimpleQueues } from "./suites/queue.ts";
import { describeValues } from "./suites/value.ts";
import { describeWaits } from "./suites/wait.ts";

/** The suites over memory that processes share, where there is any. */

describeLocks(processMemory);
describeConditions(processMemory);
describeBarriers(processMemory);
describeQueues(processMemory);
describeSimpleQueues(processMemory);
describeConnections(processMemory);
describeValues(processMemory);
describeWaits(processMemory);

afterAll(closeBackends);
