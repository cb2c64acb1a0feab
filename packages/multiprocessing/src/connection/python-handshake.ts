import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";
import { AuthenticationError } from "../errors.ts";
import { type Authkey, keyBytes } from "./authkey-option.ts";
import { type ByteChannel, failure, receive, welcome } from "./handshake-messages.ts";

/**
 * Python's handshake: each side proves to the other that it knows the key, without sending it, by the HMAC of a random
 * challenge. It proves who the peer is and encrypts nothing.
 *
 * From 3.12 on, a challenge names its digest. Up to 3.11 it is 20 bytes without a name, and the answer the raw HMAC-MD5 of
 * what came, whatever that is.
 */

/** The digests of a challenge. */
export type DigestName = "md5" | "sha256" | "sha384" | "sha3_256" | "sha3_384";

const digests: Readonly<Record<DigestName, string>> = {
  md5: "md5",
  sha256: "sha256",
  sha384: "sha384",
  sha3_256: "sha3-256",
  sha3_384: "sha3-384",
};

export const challengePrefix = "#CHALLENGE#";
const nonceLength = 40;
const oldNonceLength = 20;
const md5Length = 16;

/** Which Pythons are spoken to: all from 3.7 on, or only those that use no MD5. */
export type SpokenPythons = "any" | "modern";

/** Challenges of this thread that wait for their answers: a peer that sends one of them back wants this side to answer itself. */
const issued = new Set<string>();

/** A challenge, for {@link checkAnswer}. */
export function makeChallenge(digestName: DigestName, nonce: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`{${digestName}}`), nonce]);
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
  peers: SpokenPythons = "any",
): Promise<void> {
  const key = keyBytes(authkey);
  if (!Object.hasOwn(digests, digestName)) {
    throw new ValueError(
      `Expected a digest of ${Object.keys(digests).join(", ")}, got ${describeValue(digestName)}.`,
    );
  }
  const message = makeChallenge(digestName, randomBytes(nonceLength));
  await whileIssued(message, async () => {
    await connection.sendBytes(Buffer.concat([Buffer.from(challengePrefix), message]));
    await checkAnswer(connection, key, message, await receive(connection), digestName, peers);
  });
}

/** Looks at the answer to a challenge, and says what came of it. @throws AuthenticationError */
export async function checkAnswer(
  connection: ByteChannel,
  key: Uint8Array,
  message: Uint8Array,
  answer: Buffer,
  digestName: DigestName,
  peers: SpokenPythons,
): Promise<void> {
  if (isRight(key, message, answer, digestName, peers)) {
    await connection.sendBytes(Buffer.from(welcome));
    return;
  }
  await connection.sendBytes(Buffer.from(failure)).catch(() => {});
  throw new AuthenticationError("digest received was wrong: the other side has another authkey.");
}

function isRight(
  key: Uint8Array,
  message: Uint8Array,
  answer: Buffer,
  digestName: DigestName,
  peers: SpokenPythons,
): boolean {
  if (peers === "any" && answer.length === md5Length) return isEqual(answer, macOf(key, message, "md5"));
  const name = `{${digestName}}`;
  if (answer.subarray(0, name.length).toString("latin1") !== name) return false;
  return isEqual(answer.subarray(name.length), macOf(key, message, digestName));
}

/**
 * Proves to the peer that this side knows the key.
 *
 * @throws AuthenticationError when the peer refuses, or asks for something else.
 */
export async function answerChallenge(
  connection: ByteChannel,
  authkey: Authkey,
  peers: SpokenPythons = "any",
): Promise<void> {
  const key = keyBytes(authkey);
  const challenge = await receive(connection);
  await answer(connection, key, challenge, peers, true);
}

/**
 * Answers a challenge that has been received.
 *
 * @param allowsNamedMd5 - whether a challenge may ask for MD5 by name, which no Python does by itself.
 */
export async function answer(
  connection: ByteChannel,
  key: Uint8Array,
  challenge: Buffer,
  peers: SpokenPythons,
  allowsNamedMd5: boolean,
): Promise<void> {
  const message = challenge.subarray(challengePrefix.length);
  if (challenge.subarray(0, challengePrefix.length).toString("latin1") !== challengePrefix)
    throw noChallenge();
  await connection.sendBytes(answerTo(key, message, peers, allowsNamedMd5));
  const verdict = (await receive(connection)).toString("latin1");
  if (verdict !== welcome) {
    throw new AuthenticationError("digest sent was rejected: the other side has another authkey.");
  }
}

function answerTo(
  key: Uint8Array,
  message: Buffer,
  peers: SpokenPythons,
  allowsNamedMd5: boolean,
): Uint8Array {
  // By its length first: twenty random bytes may begin with a brace.
  if (message.length === oldNonceLength) {
    if (peers === "any") return macOf(key, message, "md5");
    throw new AuthenticationError(
      'The other side is a Python before 3.12, whose handshake rests on MD5. Update it, or allow it: `pythonPeers: "any"`.',
    );
  }
  const digestName = /^\{(\w+)\}/.exec(message.toString("latin1"))?.[1];
  // Too short a challenge could be one that an attacker knows the answer of.
  if (
    digestName === undefined ||
    !Object.hasOwn(digests, digestName) ||
    (digestName === "md5" && !allowsNamedMd5) ||
    message.length < digestName.length + 2 + nonceLength / 2
  ) {
    throw noChallenge();
  }
  return Buffer.concat([Buffer.from(`{${digestName}}`), macOf(key, message, digestName as DigestName)]);
}

/** @throws AuthenticationError for a challenge that this thread has issued itself and that waits for its answer */
export function refuseOwnChallenge(challenge: Buffer): void {
  if (!issued.has(challenge.subarray(challengePrefix.length).toString("latin1"))) return;
  throw new AuthenticationError(
    "The other side has sent back a challenge of this side. It may not have the authkey, and is not answered.",
  );
}

/** Notes a challenge of this side until it has been answered. */
export async function whileIssued(message: Uint8Array, run: () => Promise<void>): Promise<void> {
  const text = Buffer.from(message).toString("latin1");
  issued.add(text);
  try {
    await run();
  } finally {
    issued.delete(text);
  }
}

function noChallenge(): AuthenticationError {
  return new AuthenticationError("Expected a challenge from the other side, got something else.");
}

function isEqual(given: Uint8Array, expected: Uint8Array): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function macOf(key: Uint8Array, message: Uint8Array, digestName: DigestName): Buffer {
  try {
    return createHmac(digests[digestName], key).update(message).digest();
  } catch (cause) {
    throw new AuthenticationError(`This system has no ${digestName}, which the other side requests.`, {
      cause,
    });
  }
}
