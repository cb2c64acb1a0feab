import { futexWait, futexWake } from "../native/libc.ts";
import { gateWord } from "./layout.ts";
import type { Members } from "./members.ts";

/** How long a blocked thread sleeps before it looks who has died, in ms; a thread that sleeps longer cannot be ended. */
export const longestSleep = 20;

/**
 * Lets one member at a time at the tables of an arena. Held for some dozen instructions; one that died inside is found
 * out by the next, which makes whole what is half done.
 */
export class Gate {
  readonly #members: Members;
  readonly #words: Int32Array;
  readonly #address: bigint;
  /** Called inside when a member has died there. */
  repair: () => void = () => {};

  /** @param address - where the words are */
  constructor(members: Members, address: bigint) {
    this.#members = members;
    this.#words = members.words;
    this.#address = address + BigInt(4 * gateWord);
  }

  /** Runs a function inside. It must not come here again. */
  inside<R>(act: () => R): R {
    this.#enter();
    try {
      return act();
    } finally {
      if ((Atomics.exchange(this.#words, gateWord, 0) & 1) !== 0) futexWake(this.#address, 1);
    }
  }

  #enter(): void {
    const words = this.#words;
    const me = this.#members.self << 1;
    for (let spins = 0; spins < 100; spins++) {
      if (Atomics.compareExchange(words, gateWord, 0, me) === 0) return;
    }
    for (;;) {
      // A member that slept assumes that others still sleep.
      const inside = Atomics.load(words, gateWord);
      if (inside === 0) {
        if (Atomics.compareExchange(words, gateWord, 0, me | 1) === 0) return;
      } else if ((inside & 1) === 0) {
        Atomics.compareExchange(words, gateWord, inside, inside | 1);
      } else {
        futexWait(this.#address, inside, longestSleep);
        if (Atomics.load(words, gateWord) !== inside) continue;
        this.#members.pollExits();
        const hasExited = this.#members.hasExited(inside >> 1);
        if (!hasExited || Atomics.compareExchange(words, gateWord, inside, me | 1) !== inside) continue;
        this.repair();
        return;
      }
    }
  }
}
