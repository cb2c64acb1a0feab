import { Buffer } from "node:buffer";
import { unlinkSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { mostNames, nameBytes, nameFrom, nameMember, nameState, names, nameWords } from "./layout.ts";
import type { Members } from "./members.ts";

/** Where the system has the files of blocks with a name. */
export const namesFolder = "/dev/shm/";

const unused = 0;
const writing = 1;
const given = 2;

/**
 * The names that this program has given to blocks and nobody has taken away: they would stay when it has ended. A process
 * that ends by itself takes away its own and those of the dead, unless the process that started it can do so later: then
 * others may still want them.
 */
export class Names {
  readonly #members: Members;
  readonly #words: Int32Array;

  constructor(members: Members) {
    this.#members = members;
    this.#words = members.words;
    if (isMainThread) process.once("exit", () => this.#leave());
  }

  /** Takes note of a name. Where there are more than fit, they are left to the user's `unlink()`. */
  add(name: string): void {
    const bytes = Buffer.from(name);
    for (const at of this.#entries()) {
      if (Atomics.compareExchange(this.#words, at + nameState, unused, writing) !== unused) continue;
      this.#bytes(at).set(bytes);
      this.#words[at + nameBytes] = bytes.length;
      this.#words[at + nameMember] = this.#members.self;
      Atomics.store(this.#words, at + nameState, given);
      return;
    }
  }

  /** Forgets a name that is gone. */
  forget(name: string): void {
    for (const at of this.#entries())
      if (this.#nameAt(at) === name) Atomics.store(this.#words, at + nameState, unused);
  }

  #leave(): void {
    if (this.#members.hasProcess(process.ppid)) return;
    this.#members.pollExits();
    for (const at of this.#entries()) {
      const name = this.#nameAt(at);
      const maker = this.#words[at + nameMember] as number;
      if (name === undefined || !this.#isOver(maker)) continue;
      try {
        unlinkSync(namesFolder + name);
      } catch {
        // Somebody has done it by other means, such as Python.
      }
      Atomics.store(this.#words, at + nameState, unused);
    }
  }

  #isOver(member: number): boolean {
    return this.#members.hasExited(member) || this.#members.describe(member).pid === process.pid;
  }

  #nameAt(at: number): string | undefined {
    if (Atomics.load(this.#words, at + nameState) !== given) return undefined;
    return Buffer.from(this.#bytes(at).subarray(0, this.#words[at + nameBytes])).toString();
  }

  #bytes(at: number): Uint8Array {
    const { buffer, byteOffset } = this.#words;
    return new Uint8Array(buffer, byteOffset + 4 * (at + nameFrom), 4 * (nameWords - nameFrom));
  }

  *#entries(): Iterable<number> {
    for (let index = 0; index < mostNames; index++) yield names + index * nameWords;
  }
}
