import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";

type Change = (text: string) => string;
const asItIs: Change = (text) => text;

/** Stands before a server and keeps all bytes that pass, in both directions. */
export class RecordingRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #chunks: Buffer[] = [];
  #generation = 0;

  private constructor(target: number, change: Change, sent: Change) {
    this.#server = createServer((client) => {
      const generation = this.#generation;
      const server = connect(target, "127.0.0.1");
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        from.on("error", () => to.destroy());
        from.on("end", () => to.end());
        from.on("data", (chunk: Buffer) => {
          this.#chunks.push(chunk);
          if (generation < this.#generation) return;
          const pass = from === server ? change : sent;
          to.write(Buffer.from(pass(chunk.toString("latin1")), "latin1"));
        });
      }
    });
  }

  /**
   * @param change - what becomes of what the server says: all, as much as is to arrive, or other text of the same length.
   * @param sent - the same for what clients say.
   */
  static async start(
    target: number,
    change: Change = asItIs,
    sent: Change = asItIs,
  ): Promise<RecordingRelay> {
    const relay = new RecordingRelay(target, change, sent);
    relay.#server.listen(0, "127.0.0.1");
    await once(relay.#server, "listening");
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The connections of now stay, and nothing passes them any more, as behind a cable that was pulled. New ones work. */
  fallSilent(): void {
    this.#generation++;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }
}
