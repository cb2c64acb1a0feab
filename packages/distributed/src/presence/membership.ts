import type { Redis } from "../redis.ts";
import type { Keys } from "../wire/keys.ts";

/** The members of a queue: executors and workers enter themselves, and the last one to leave cleans up. */

/** Renews an entry by Redis's clock, and tells how a member is to be shown. */
const renewScript = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now)
redis.call("ZADD", KEYS[1], now + ARGV[2], ARGV[1])
redis.call("PEXPIRE", KEYS[1], ARGV[2])
redis.call("SET", KEYS[2], ARGV[3], "PX", ARGV[2])
return 1`;

/** Takes an entry back. When nobody is left and no job is unfinished, what BullMQ keeps for the queue goes too. */
const leaveScript = `
redis.call("DEL", KEYS[2])
redis.call("ZREM", KEYS[1], ARGV[1])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now)
if redis.call("EXISTS", KEYS[1]) == 1 then return 0 end
local unfinished = tonumber(ARGV[2])
for at = 3, 2 + unfinished do
  if redis.call("EXISTS", KEYS[at]) == 1 then return 0 end
end
for at = 3 + unfinished, #KEYS do redis.call("DEL", KEYS[at]) end
return 1`;

/** The names of the workers that live, by Redis's clock. */
const listScript = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call("ZRANGEBYSCORE", KEYS[1], now, "+inf")`;

/** One member's entry. */
export class Membership {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #member: string;
  readonly #key: string;
  readonly #life: number;
  readonly #info: () => string;
  #timer: NodeJS.Timeout | undefined;
  #left = false;

  /**
   * @param key - where what the member says of itself lies.
   * @param life - milliseconds for which it is believed to live after each renewal.
   */
  constructor(redis: Redis, keys: Keys, member: string, key: string, life: number, info: () => string) {
    this.#redis = redis;
    this.#keys = keys;
    this.#member = member;
    this.#key = key;
    this.#life = life;
    this.#info = info;
  }

  /** Enters the member, and renews the entry until it leaves. The timer does not keep the process alive. */
  async enter(): Promise<void> {
    this.#timer ??= setInterval(() => this.renew().catch(() => {}), this.#life / 6).unref();
    await this.renew();
  }

  async renew(): Promise<void> {
    if (this.#left) return;
    await this.#redis.eval(
      renewScript,
      2,
      this.#keys.members,
      this.#key,
      this.#member,
      this.#life,
      this.#info(),
    );
  }

  async leave(): Promise<void> {
    this.#left = true;
    clearInterval(this.#timer);
    const { members, unfinished, housekeeping } = this.#keys;
    const keys = [members, this.#key, ...unfinished, ...housekeeping];
    await this.#redis.eval(leaveScript, keys.length, ...keys, this.#member, unfinished.length);
  }
}

/** The ids of the members of a kind that live. */
export async function membersOf(redis: Redis, keys: Keys, kind: "worker" | "client"): Promise<string[]> {
  const members = (await redis.eval(listScript, 1, keys.members)) as string[];
  return members.filter((one) => one.startsWith(`${kind}:`)).map((one) => one.slice(kind.length + 1));
}
