/** A call that waits for its next attempt. */
export interface WaitingCall {
  retryNow(): void;
  cancel(): boolean;
}

/** The calls of one executor that wait for their next attempt. Its shutdown ends their waiting, and that of later ones. */
export class RetryWaits {
  readonly #calls: Set<WaitingCall> = new Set();
  #ended: "retry" | "cancel" | undefined;

  add(call: WaitingCall): void {
    if (this.#ended === undefined) this.#calls.add(call);
    else this.#endOne(call);
  }

  delete(call: WaitingCall): void {
    this.#calls.delete(call);
  }

  end(how: "retry" | "cancel"): void {
    this.#ended = how;
    for (const call of [...this.#calls]) this.#endOne(call);
  }

  #endOne(call: WaitingCall): void {
    if (this.#ended === "cancel") call.cancel();
    else call.retryNow();
  }
}
