import { Buffer } from "node:buffer";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { AuthenticationError } from "../errors.ts";
import { type ByteChannel, failure, receive, welcome } from "./handshake-messages.ts";

/**
 * The handshake between two programs that use this library. It begins as Python's does, with a challenge in Python's form,
 * but the first bytes of its nonce say that the listener is one of ours. The client then answers with a nonce of its own:
 *
 *     listener: #CHALLENGE#{sha256} nonce L          as in Python
 *     client:   {cf1} nonce C, HMAC("client", L, C)
 *     listener: #WELCOME# HMAC("listener", L, C)
 *
 * Both nonces and the role are under each HMAC: what one side has said cannot be sent back to it, used on another connection,
 * or used again.
 */

/** The first bytes of the nonce. To Python it is as random as any. */
const mark = Buffer.from("cf-own-1", "latin1");
const randomLength = 32;
const answerPrefix = Buffer.from("{cf1}", "latin1");
const macLength = 32;

/** The nonce of a challenge that says who this side is. */
export function markedNonce(): Buffer {
  return Buffer.concat([mark, randomBytes(randomLength)]);
}

/** The nonce in a challenge of one of ours; `undefined` when it is Python's, or nothing. */
export function nonceOf(challenge: Buffer): Buffer | undefined {
  const head = Buffer.concat([Buffer.from("#CHALLENGE#{sha256}", "latin1"), mark]);
  if (challenge.length !== head.length + randomLength || !challenge.subarray(0, head.length).equals(head)) {
    return undefined;
  }
  return challenge.subarray(head.length - mark.length);
}

/** Whether the answer to a marked challenge comes from one of ours. */
export function isOwnAnswer(answer: Buffer): boolean {
  return (
    answer.length === answerPrefix.length + randomLength + macLength &&
    answer.subarray(0, answerPrefix.length).equals(answerPrefix)
  );
}

/** The listener's second half. @throws AuthenticationError */
export async function welcomeClient(
  connection: ByteChannel,
  key: Uint8Array,
  nonce: Buffer,
  answer: Buffer,
): Promise<void> {
  const theirs = answer.subarray(answerPrefix.length, answerPrefix.length + randomLength);
  const given = answer.subarray(answerPrefix.length + randomLength);
  if (!timingSafeEqual(given, proof(key, "client", nonce, theirs))) {
    await connection.sendBytes(Buffer.from(failure)).catch(() => {});
    throw new AuthenticationError("digest received was wrong: the other side has another authkey.");
  }
  await connection.sendBytes(Buffer.concat([Buffer.from(welcome), proof(key, "listener", nonce, theirs)]));
}

/** The client's half. @throws AuthenticationError */
export async function answerListener(connection: ByteChannel, key: Uint8Array, nonce: Buffer): Promise<void> {
  const own = randomBytes(randomLength);
  await connection.sendBytes(Buffer.concat([answerPrefix, own, proof(key, "client", nonce, own)]));
  const verdict = await receive(connection);
  const expected = Buffer.concat([Buffer.from(welcome), proof(key, "listener", nonce, own)]);
  if (verdict.length !== expected.length || !timingSafeEqual(verdict, expected)) {
    throw new AuthenticationError("digest sent was rejected: the other side has another authkey.");
  }
}

function proof(
  key: Uint8Array,
  role: "client" | "listener",
  listener: Uint8Array,
  client: Uint8Array,
): Buffer {
  return createHmac("sha256", key).update(`cf1 ${role} `).update(listener).update(client).digest();
}
