import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";

/** Stands before a server and keeps all bytes that pass, in both directions. */
export class RecordingRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #chunks: Buffer[] = [];

  private constructor(target: number, change: (text: string) => string) {
    this.#server = createServer((client) => {
      const server = connect(target, "127.0.0.1");
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        from.on("error", () => to.destroy());
        from.on("end", () => to.end());
        from.on("data", (chunk: Buffer) => {
          this.#chunks.push(chunk);
          to.write(from === server ? Buffer.from(change(chunk.toString("latin1")), "latin1") : chunk);
        });
      }
    });
  }

  /** @param change - what the server says on its way, without a change of its length. */
  static async start(target: number, change = (text: string): string => text): Promise<RecordingRelay> {
    const relay = new RecordingRelay(target, change);
    relay.#server.listen(0, "127.0.0.1");
    await once(relay.#server, "listening");
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }
}
