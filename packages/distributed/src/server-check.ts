import { RuntimeError } from "@concurrent-futures/core";
import type { Redis } from "./redis.ts";

/** Streams are cut by `XTRIM MINID` from then on. */
const oldest = [6, 2] as const;

const warned: Set<string> = new Set();

/**
 * Looks at a Redis server once. A user who has no right to ask is left in peace.
 *
 * @throws RuntimeError for one that is too old. One that may lose what it was given is warned of, once in a process.
 */
export async function checkServer(redis: Redis): Promise<void> {
  const text = await redis.info().catch(() => "");
  const [, version = "", major, minor] = /^redis_version:((\d+)\.(\d+)\S*)/m.exec(text) ?? [];
  if (Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1])) {
    throw new RuntimeError(`Expected Redis ${oldest.join(".")} or later, got ${version}. Update the server.`);
  }
  const [, policy = "noeviction"] = /^maxmemory_policy:(\S+)/m.exec(text) ?? [];
  if (policy !== "noeviction") {
    warn(
      "CF_REDIS_EVICTION",
      `The Redis server drops keys when it is full (maxmemory-policy ${policy}): calls and results can be lost. ` +
        "Set maxmemory-policy to noeviction.",
    );
  }
  if (/^aof_enabled:0/m.test(text) && (await keepsNoSnapshots(redis))) {
    warn(
      "CF_REDIS_PERSISTENCE",
      "The Redis server keeps its data in memory only (appendonly no, save empty): when it restarts, calls and results that are there " +
        "are lost. Executors that still run send their calls again, so calls that had begun run twice; detached calls, and calls of an " +
        "at-most-once executor, do not come back. Set appendonly to yes.",
    );
  }
}

/** Whether the server is known to write no snapshots. Many that others run do not tell. */
async function keepsNoSnapshots(redis: Redis): Promise<boolean> {
  const answer: unknown = await redis.config("GET", "save").catch(() => undefined);
  return Array.isArray(answer) && answer[1] === "";
}

function warn(code: string, text: string): void {
  if (warned.has(code)) return;
  warned.add(code);
  process.emitWarning(text, { type: "ConcurrentFuturesWarning", code });
}
