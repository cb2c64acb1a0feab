import { createRequire } from "node:module";
import type { Redis, RedisOptions } from "ioredis";

export type { Redis, RedisOptions };

let loaded: typeof import("ioredis") | undefined;

/** Loaded when a connection is wanted: importing this package costs nothing. */
function ioredis(): typeof import("ioredis") {
  loaded ??= createRequire(import.meta.url)("ioredis") as typeof import("ioredis");
  return loaded;
}

/** Where Redis is: a URL, or options of ioredis. */
export type RedisAddress = string | RedisOptions;

/** Milliseconds between attempts to connect: the first at once, so that a restart is noticed soon. */
const retryDelay = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);

/** Milliseconds without an answer after which a connection is taken for dead, whatever the system thinks of it. Reads wait for less. */
export const mostSilence = 15_000;

/**
 * A connection that reconnects for as long as it is open; commands wait for it. Nothing is connected yet.
 *
 * @param silence - milliseconds that an answer may take. While one is awaited the process stays alive.
 */
export function connection(address: RedisAddress, name: string, silence?: number): Redis {
  const own: RedisOptions & { replyMapping: "legacy" } = {
    lazyConnect: true,
    connectionName: name,
    // What BullMQ asks for: a command waits for the connection instead of failing after this many attempts.
    maxRetriesPerRequest: null,
    retryStrategy: retryDelay,
    keepAlive: 10_000,
    replyMapping: "legacy",
    ...(silence === undefined ? {} : { socketTimeout: silence }),
  };
  const { Redis } = ioredis();
  return tolerant(typeof address === "string" ? new Redis(address, own) : new Redis({ ...address, ...own }));
}

/** What ioredis connects by. */
interface Connector {
  connect(onError: unknown): Promise<NodeJS.EventEmitter>;
}

/**
 * Errors of the connection end nothing: it reconnects by itself, and what was asked for meanwhile waits or rejects. ioredis listens
 * to the first error of a socket only; one with TLS may have a second, when the server answers a handshake that was broken off, and
 * that would end the program.
 */
function tolerant(redis: Redis): Redis {
  redis.on("error", () => {});
  const { connector } = redis as unknown as { readonly connector: Connector };
  const connect = connector.connect.bind(connector);
  connector.connect = async (onError) => {
    const socket = await connect(onError);
    return socket.on("error", () => {});
  };
  const disconnect = redis.disconnect.bind(redis);
  redis.disconnect = (reconnect = false) => {
    const isBetween = redis.status === "reconnecting" && !reconnect;
    disconnect(reconnect);
    if (isBetween) endNow(redis);
  };
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => tolerant(duplicate(override));
  return redis;
}

/**
 * ioredis ends with the socket, and between two attempts to connect it has none: neither `end` nor the commands that wait would come
 * to an end, and BullMQ waits for both.
 */
function endNow(redis: Redis): void {
  const inside = redis as unknown as { setStatus(status: string): void; flushQueue(error: Error): void };
  inside.setStatus("end");
  inside.flushQueue(new Error("Connection is closed."));
}

/** Lets a connection keep this process alive, or not; to be said again whenever it has a new socket. */
export function keepAlive(redis: Redis, keep: boolean): void {
  const { stream } = redis as { readonly stream?: { ref(): void; unref(): void } };
  if (keep) stream?.ref();
  else stream?.unref();
}

/** Several commands leave in one piece: each alone is a system call, and wakes the server. */
export function together(redis: Redis, ask: () => void): void {
  const { stream } = redis as { readonly stream?: { cork(): void; uncork(): void } };
  stream?.cork();
  try {
    ask();
  } finally {
    stream?.uncork();
  }
}

/** Whether a command failed because its connection was lost, not because Redis refuses it. */
export function isLostConnection(error: unknown): boolean {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  return (
    name === "AbortError" ||
    name === "MaxRetriesPerRequestError" ||
    /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/.test(code ?? "") ||
    /closed|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|Stream isn't writeable/i.test(message ?? "")
  );
}
