import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";
import type { JobHeader } from "./job-header.ts";

/** A key that executors and workers share, and nobody else who can reach Redis. */
export type AuthKey = string | Uint8Array;

/** @throws ArgumentTypeError, ValueError */
export function checkAuthKey(authkey: unknown): AuthKey | undefined {
  if (authkey === undefined) return undefined;
  if (typeof authkey !== "string" && !(authkey instanceof Uint8Array))
    throw new ArgumentTypeError(
      `Expected \`authkey\` to be a string or bytes, got ${describeValue(authkey)}.`,
    );
  if (authkey.length < 8)
    throw new ValueError("Expected `authkey` to have at least 8 characters or bytes, got fewer.");
  return authkey;
}

/** Code runs only where both sides can know who sent it. @throws ValueError */
export function checkAllowCode(allowCode: boolean, authkey: AuthKey | undefined): void {
  if (allowCode && authkey === undefined)
    throw new ValueError(
      "`allowCode` needs an `authkey`: without one, any client that can write to Redis could run code. Give both sides the same key.",
    );
}

/** What proves that a job is an executor's: it covers the job's id, all that its header says, and the arguments. */
export function jobMac(key: AuthKey, id: string, header: JobHeader, payload: Uint8Array): string {
  const { v, r, n, f, c, m, t, d, o, a, s, k, x } = header;
  return macOf(
    key,
    JSON.stringify(["job", id, v, r, n, f, c, m, t, d, o, a, s, k, ...(x === undefined ? [] : [x])]),
    payload,
  );
}

/** What proves that a reply is a worker's. */
export function replyMac(
  key: AuthKey,
  job: string,
  worker: string,
  modules: string,
  frames: Uint8Array,
): string {
  return macOf(key, JSON.stringify(["reply", job, worker, modules]), frames);
}

function macOf(key: AuthKey, text: string, bytes: Uint8Array): string {
  const head = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return createHmac("sha256", key).update(length).update(head).update(bytes).digest("base64");
}

/** Compares in the same time whatever is different. */
export function isSameMac(expected: string, given: unknown): boolean {
  if (typeof given !== "string") return false;
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
