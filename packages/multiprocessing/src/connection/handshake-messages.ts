import { Buffer } from "node:buffer";
import { AuthenticationError, EOFError, OSError } from "../errors.ts";
import { handshakeMessageSize } from "./framing.ts";

/** What the handshake needs of a connection. */
export interface ByteChannel {
  sendBytes(bytes: Uint8Array): Promise<void>;
  recvBytes(maxlength?: number): Promise<Uint8Array>;
}

export const welcome = "#WELCOME#";
export const failure = "#FAILURE#";

/** The next message of a handshake. @throws AuthenticationError when the peer hangs up */
export async function receive(connection: ByteChannel): Promise<Buffer> {
  try {
    return Buffer.from(await connection.recvBytes(handshakeMessageSize));
  } catch (error) {
    if (error instanceof EOFError || error instanceof OSError) {
      throw new AuthenticationError("The other side hung up before the keys were compared.", {
        cause: error,
      });
    }
    throw error;
  }
}
