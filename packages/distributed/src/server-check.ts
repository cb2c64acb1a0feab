import { RuntimeError } from "@concurrent-futures/core";
import type { Redis } from "./redis.ts";

/** Streams are cut by `XTRIM MINID` from then on. */
const oldest = [6, 2] as const;

let hasWarned = false;

/**
 * Looks at a Redis server once. A user who has no right to ask is left in peace.
 *
 * @throws RuntimeError for one that is too old. One that may drop what it was given is warned of, once in a process.
 */
export async function checkServer(redis: Redis): Promise<void> {
  const text = await redis.info().catch(() => "");
  const [, version = "", major, minor] = /^redis_version:((\d+)\.(\d+)\S*)/m.exec(text) ?? [];
  if (Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1])) {
    throw new RuntimeError(`Expected Redis ${oldest.join(".")} or later, got ${version}. Update the server.`);
  }
  const [, policy = "noeviction"] = /^maxmemory_policy:(\S+)/m.exec(text) ?? [];
  if (policy === "noeviction" || hasWarned) return;
  hasWarned = true;
  process.emitWarning(
    `The Redis server drops keys when it is full (maxmemory-policy ${policy}): calls and results can be lost. ` +
      "Set maxmemory-policy to noeviction.",
    { type: "ConcurrentFuturesWarning", code: "CF_REDIS_EVICTION" },
  );
}
