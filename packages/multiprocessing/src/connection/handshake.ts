import { AuthenticationError } from "../errors.ts";
import { type Authkey, answerChallenge, deliverChallenge, handshakeTime } from "./auth.ts";
import { handshakeMessageSize } from "./framing.ts";
import type { SocketConnection } from "./socket-connection.ts";

/** The listener's side: first the client proves its key, then this side. A peer that fails is hung up on. */
export function authenticateClient(connection: SocketConnection, authkey: Authkey): Promise<void> {
  return guarded(connection, async () => {
    await deliverChallenge(connection, authkey);
    await answerChallenge(connection, authkey);
  });
}

/** The client's side. */
export function authenticateToServer(connection: SocketConnection, authkey: Authkey): Promise<void> {
  return guarded(connection, async () => {
    await answerChallenge(connection, authkey);
    await deliverChallenge(connection, authkey);
  });
}

async function guarded(connection: SocketConnection, handshake: () => Promise<void>): Promise<void> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    connection.destroy();
  }, handshakeTime);
  connection.limitMessages(handshakeMessageSize);
  try {
    await handshake();
    connection.limitMessages();
  } catch (error) {
    connection.close();
    if (late)
      throw new AuthenticationError(`The other side did not finish the handshake in ${handshakeTime} ms.`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
