import { Buffer } from "node:buffer";
import { ValueError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { describeValue } from "@concurrent-futures/core/options";
import { AuthenticationError } from "../errors.ts";
import { handshakeMessageSize } from "./framing.ts";
import { receive } from "./handshake-messages.ts";
import { answerListener, isOwnAnswer, markedNonce, nonceOf, welcomeClient } from "./own-handshake.ts";
import {
  answer,
  challengePrefix,
  checkAnswer,
  deliverChallenge,
  makeChallenge,
  refuseOwnChallenge,
  type SpokenPythons,
  whileIssued,
} from "./python-handshake.ts";
import type { SocketConnection } from "./socket-connection.ts";

/** How long a listener may take for the whole handshake, in milliseconds. */
const listenerTime = 10_000;

/** Which peers are spoken to besides those that use this library. */
export type PythonPeers = SpokenPythons | "none";

/** The `pythonPeers` option. @throws ValueError */
export function checkPythonPeers(value: unknown): PythonPeers {
  if (value === undefined) return "any";
  if (value === "any" || value === "modern" || value === "none") return value;
  throw new ValueError(
    `Expected \`pythonPeers\` to be "any", "modern" or "none", got ${describeValue(value)}.`,
  );
}

/** The listener's side: first the client proves its key, then this side. A peer that fails is hung up on. */
export function authenticateClient(
  connection: SocketConnection,
  key: Uint8Array,
  peers: PythonPeers,
  time: number,
): Promise<void> {
  return guarded(connection, time, async () => {
    const nonce = markedNonce();
    const message = makeChallenge("sha256", nonce);
    await whileIssued(message, async () => {
      await connection.sendBytes(Buffer.concat([Buffer.from(challengePrefix), message]));
      const given = await receive(connection);
      if (isOwnAnswer(given)) return welcomeClient(connection, key, nonce, given);
      if (peers === "none") throw notOurs("client");
      await checkAnswer(connection, key, message, given, "sha256", peers);
      await answerTheirs(connection, key, await receive(connection), peers);
    });
  });
}

/** The client's side. */
export function authenticateToServer(
  connection: SocketConnection,
  key: Uint8Array,
  peers: PythonPeers,
): Promise<void> {
  return guarded(connection, listenerTime, async () => {
    const challenge = await receive(connection);
    const nonce = nonceOf(challenge);
    if (nonce !== undefined) return answerListener(connection, key, nonce);
    if (peers === "none") throw notOurs("listener");
    await answerTheirs(connection, key, challenge, peers);
    await deliverChallenge(connection, key, "sha256", peers);
  });
}

async function answerTheirs(
  connection: SocketConnection,
  key: Uint8Array,
  challenge: Buffer,
  peers: SpokenPythons,
): Promise<void> {
  refuseOwnChallenge(challenge);
  await answer(connection, key, challenge, peers, false);
}

function notOurs(what: string): AuthenticationError {
  return new AuthenticationError(
    `The ${what} does not speak this library's handshake. Only programs that use it are accepted here.`,
  );
}

async function guarded(
  connection: SocketConnection,
  time: number,
  handshake: () => Promise<void>,
): Promise<void> {
  let timedOut = false;
  const inTime = new Deadline(time).whenPassed(() => {
    timedOut = true;
    connection.destroy();
  });
  connection.limitMessages(handshakeMessageSize);
  try {
    await handshake();
    connection.limitMessages();
  } catch (error) {
    connection.close();
    if (!timedOut) throw error;
    throw new AuthenticationError(
      `The other side did not finish the handshake in ${time} ms. A listener without a key sends nothing.`,
    );
  } finally {
    inTime();
  }
}
