/** How much may wait unread before the peer is made to wait. Larger: more memory; smaller: more stops. */
const mostMessages = 1024;
const mostBytes = 16 * 2 ** 20;

/** Messages that have arrived and that nobody has received yet. */
export class UnreadMessages {
  #messages: Buffer[] = [];
  #bytes = 0;

  get length(): number {
    return this.#messages.length;
  }

  /** Whether the peer must wait. */
  get full(): boolean {
    return this.#messages.length >= mostMessages || this.#bytes >= mostBytes;
  }

  /** Whether a peer that waits may go on: at half, so that it is not stopped at each message. */
  get hasRoom(): boolean {
    return this.#messages.length <= mostMessages >> 1 && this.#bytes <= mostBytes >> 1;
  }

  push(message: Buffer): void {
    this.#messages.push(message);
    this.#bytes += message.length;
  }

  shift(): Buffer | undefined {
    const message = this.#messages.shift();
    this.#bytes -= message?.length ?? 0;
    return message;
  }

  /** Takes all of them. */
  clear(): Buffer[] {
    const all = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return all;
  }
}
