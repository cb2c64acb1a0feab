import type { Redis } from "../redis.ts";
import type { Keys } from "../wire/keys.ts";
import { membersOf } from "./membership.ts";

/** What a worker says of itself. */
export interface WorkerInfo {
  readonly id: string;
  readonly name: string;
  readonly pid: number;
  readonly host: string;
  /** The version of Node that it runs on. */
  readonly node: string;
  /** The version of this library that it has. */
  readonly version: string;
  /** How many calls it runs at a time. */
  readonly slots: number;
  /** The modules that it was given; `undefined` when it takes all below its root. */
  readonly modules: readonly string[] | undefined;
}

/** The workers of a queue that live. */
export async function workersOf(redis: Redis, keys: Keys): Promise<WorkerInfo[]> {
  const ids = await membersOf(redis, keys, "worker");
  if (ids.length === 0) return [];
  const texts = await redis.mget(ids.map((id) => keys.worker(id)));
  return texts.flatMap((text, at) => infoOf(ids[at] as string, text) ?? []);
}

/** Whatever stands there is data: what is of the wrong type is left out. */
function infoOf(id: string, text: string | null): WorkerInfo | undefined {
  let said: Record<string, unknown>;
  try {
    said = JSON.parse(text ?? "") as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof said !== "object" || said === null) return undefined;
  const word = (key: string): string => (typeof said[key] === "string" ? (said[key] as string) : "");
  const number = (key: string): number => (Number.isSafeInteger(said[key]) ? (said[key] as number) : 0);
  const { modules } = said;
  return {
    id,
    name: word("name"),
    pid: number("pid"),
    host: word("host"),
    node: word("node"),
    version: word("version"),
    slots: number("slots"),
    modules: Array.isArray(modules) ? modules.filter((one) => typeof one === "string") : undefined,
  };
}
