import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";
import { AuthenticationError, EOFError, OSError } from "../errors.ts";
import { handshakeMessageSize } from "./framing.ts";

/**
 * Each side proves to the other that it knows the key, without sending it: a random challenge, and its HMAC with the
 * key as the answer. The protocol is Python's (3.12 and later). It proves who the peer is and encrypts nothing.
 */

/** What the handshake needs of a connection. */
export interface ByteChannel {
  sendBytes(bytes: Uint8Array): Promise<void>;
  recvBytes(maxlength?: number): Promise<Uint8Array>;
}

/** A secret that both sides of a connection know: bytes, or a text that is taken as UTF-8. */
export type Authkey = Uint8Array | string;

/** The digests of a challenge. */
export type DigestName = "md5" | "sha256" | "sha384" | "sha3_256" | "sha3_384";

const digests: Readonly<Record<DigestName, string>> = {
  md5: "md5",
  sha256: "sha256",
  sha384: "sha384",
  sha3_256: "sha3-256",
  sha3_384: "sha3-384",
};

const challengePrefix = "#CHALLENGE#";
const welcome = "#WELCOME#";
const failure = "#FAILURE#";
const nonceLength = 40;

/** How long a peer may take for the whole handshake, in milliseconds. */
export const handshakeTime = 10_000;

/** The key as bytes. @throws ArgumentTypeError */
export function keyBytes(authkey: Authkey): Uint8Array {
  if (typeof authkey === "string") return Buffer.from(authkey);
  if (ArrayBuffer.isView(authkey))
    return new Uint8Array(authkey.buffer, authkey.byteOffset, authkey.byteLength);
  throw new ArgumentTypeError(`Expected \`authkey\` to be bytes or a string, got ${describeValue(authkey)}.`);
}

/**
 * Has the peer prove that it knows the key.
 *
 * @param digestName - @default "sha256"
 * @throws AuthenticationError when it does not.
 */
export async function deliverChallenge(
  connection: ByteChannel,
  authkey: Authkey,
  digestName: DigestName = "sha256",
): Promise<void> {
  const key = keyBytes(authkey);
  if (!Object.hasOwn(digests, digestName)) {
    throw new ValueError(
      `Expected a digest of ${Object.keys(digests).join(", ")}, got ${describeValue(digestName)}.`,
    );
  }
  const message = Buffer.concat([Buffer.from(`{${digestName}}`), randomBytes(nonceLength)]);
  await connection.sendBytes(Buffer.concat([Buffer.from(challengePrefix), message]));
  const answer = Buffer.from(await receive(connection));
  const expected = macOf(key, message, digestName);
  const given = answer.subarray(digestName.length + 2);
  const named = answer.subarray(0, digestName.length + 2).toString("latin1") === `{${digestName}}`;
  if (named && given.length === expected.length && timingSafeEqual(given, expected)) {
    await connection.sendBytes(Buffer.from(welcome));
    return;
  }
  await connection.sendBytes(Buffer.from(failure)).catch(() => {});
  throw new AuthenticationError("digest received was wrong: the other side has another authkey.");
}

/**
 * Proves to the peer that this side knows the key.
 *
 * @throws AuthenticationError when the peer refuses, or asks for something else.
 */
export async function answerChallenge(connection: ByteChannel, authkey: Authkey): Promise<void> {
  const key = keyBytes(authkey);
  const challenge = Buffer.from(await receive(connection));
  const text = challenge.toString("latin1");
  const found = /^#CHALLENGE#\{(\w+)\}/.exec(text);
  const digestName = found?.[1];
  // Too short a challenge could be one that an attacker knows the answer of.
  if (
    digestName === undefined ||
    !Object.hasOwn(digests, digestName) ||
    challenge.length < (found?.[0].length ?? 0) + nonceLength / 2
  ) {
    throw new AuthenticationError("Expected a challenge from the other side, got something else.");
  }
  const mac = macOf(key, challenge.subarray(challengePrefix.length), digestName as DigestName);
  await connection.sendBytes(Buffer.concat([Buffer.from(`{${digestName}}`), mac]));
  const verdict = Buffer.from(await receive(connection)).toString("latin1");
  if (verdict !== welcome) {
    throw new AuthenticationError("digest sent was rejected: the other side has another authkey.");
  }
}

function macOf(key: Uint8Array, message: Uint8Array, digestName: DigestName): Buffer {
  return createHmac(digests[digestName], key).update(message).digest();
}

async function receive(connection: ByteChannel): Promise<Uint8Array> {
  try {
    return await connection.recvBytes(handshakeMessageSize);
  } catch (error) {
    if (error instanceof EOFError || error instanceof OSError) {
      throw new AuthenticationError("The other side hung up before the keys were compared.", {
        cause: error,
      });
    }
    throw error;
  }
}
