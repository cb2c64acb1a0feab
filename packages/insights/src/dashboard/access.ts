import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What a request may see, or the status that refuses it. */
export type Access = "page" | "events" | 403 | 404 | 405 | 421;

/** 128 bits that nobody guesses, as a part of an address. */
export function newToken(): string {
  return randomBytes(16).toString("hex");
}

/**
 * Judges a request. A foreign `Host` comes first: a web page whose own name was made to point at this machine must learn
 * nothing, not even whether its token is right.
 */
export function accessOf(
  { headers, method, url = "" }: IncomingMessage,
  token: string,
  port: number,
): Access {
  if (headers.host !== `127.0.0.1:${port}` && headers.host !== `localhost:${port}`) return 421;
  if (method !== "GET") return 405;
  const [, given = "", ...rest] = (url.split("?", 1)[0] as string).split("/");
  if (!isToken(given, token)) return 403;
  const path = rest.join("/");
  if (path === "") return "page";
  return path === "events" ? "events" : 404;
}

/** In the same time, wherever they differ. */
function isToken(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
