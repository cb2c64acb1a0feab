import type { Case } from "../harness/case.ts";
import { hasRedis } from "../peers/redis-server.ts";
import {
  lastWords,
  resourceUse,
  retriesUnused,
  sharedValue,
  simulated,
  waitingCalls,
} from "./batch-programs.ts";
import { coldMap, coldSubmit } from "./cold.ts";
import { cpuBound } from "./cpu-bound.ts";
import { describeCost } from "./describe.ts";
import { distributedMap, distributedMemory, distributedRoundTrip, distributedSubmit } from "./distributed.ts";
import { firstResult } from "./first-result.ts";
import { mapGenerator } from "./map-generator.ts";
import { mixed, mixedMiddle } from "./mixed.ts";
import { moved, shared } from "./move-and-share.ts";
import { mpireInitialisation } from "./mpire-initialisation.ts";
import { mpireNumerical } from "./mpire-numerical.ts";
import { mpireStateful } from "./mpire-stateful.ts";
import { nestedQuicksort, nestedSubmit } from "./nested.ts";
import { nothing } from "./nothing.ts";
import { objectMap } from "./object-map.ts";
import { payload1KB, payload10MB, payload100KB } from "./payload.ts";
import { pendingFutures } from "./pending-futures.ts";
import { portCases } from "./ports.ts";
import { resultSync } from "./result-sync.ts";
import { roundTrip } from "./round-trip.ts";
import { lockedCounter, lockPair } from "./sharing/locks.ts";
import { pipeTrip, queueMessages } from "./sharing/messages.ts";
import { managedDict, processStart } from "./sharing/served.ts";
import { carriedContext, seeded, settled, taskGroup } from "./task-options.ts";
import { threadPool } from "./thread-pool.ts";
import { tinyMap } from "./tiny-map.ts";
import { tinySubmit, tinySubmitAll } from "./tiny-submit.ts";
import {
  unwatchedMap,
  unwatchedRoundTrip,
  unwatchedSubmit,
  watchedMap,
  watchedRoundTrip,
  watchedSubmit,
} from "./watched.ts";
import { wholePrograms } from "./whole-programs.ts";

/** All cases, in the order of the report: whole programs first, since that is what people run. */
export const cases: readonly Case[] = [
  ...wholePrograms,
  nothing,
  tinySubmit,
  tinySubmitAll,
  tinyMap,
  objectMap,
  coldMap,
  coldSubmit,
  watchedMap,
  watchedSubmit,
  watchedRoundTrip,
  unwatchedMap,
  unwatchedSubmit,
  unwatchedRoundTrip,
  mapGenerator,
  roundTrip,
  resultSync,
  mixed,
  mixedMiddle,
  cpuBound,
  moved,
  shared,
  payload1KB,
  payload100KB,
  payload10MB,
  firstResult,
  pendingFutures,
  threadPool,
  describeCost,
  nestedSubmit,
  nestedQuicksort,
  sharedValue,
  resourceUse,
  retriesUnused,
  waitingCalls,
  lastWords,
  simulated,
  taskGroup,
  settled,
  carriedContext,
  seeded,
  mpireNumerical,
  mpireStateful,
  mpireInitialisation,
  lockPair,
  lockedCounter,
  queueMessages,
  pipeTrip,
  managedDict,
  processStart,
  ...portCases,
  // Where there is no redis-server, nobody could take part.
  ...(hasRedis ? [distributedSubmit, distributedMap, distributedRoundTrip, distributedMemory] : []),
];
