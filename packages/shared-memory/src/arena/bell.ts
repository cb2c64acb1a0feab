import { closeSync, constants, fstatSync, openSync, readlinkSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { createPipe } from "../native/libc.ts";
import { memberBell, memberBellFile, memberPid } from "./layout.ts";
import type { Members } from "./members.ts";

/** How often awaiting code checks by itself, in ms, which members have died and whether a bell could not be rung. */
const pollInterval = 50;

interface Waiter {
  readonly look: () => boolean;
  readonly resolve: () => void;
}

/**
 * Wakes this thread's event loop when another member has changed what it waits for. The others open the writing end of
 * its pipe by the pipe's number in this process, and write a byte; it has no name, and nothing is left of it.
 */
export class Bell {
  readonly #members: Members;
  readonly #look: () => void;
  readonly #waiters = new Set<Waiter>();
  readonly #others = new Map<number, number>();
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param look - called from time to time while somebody waits: looks who has died. */
  constructor(members: Members, look: () => void) {
    this.#members = members;
    this.#look = look;
  }

  /**
   * Waits until a look gives true; it is called after each ring, and from time to time. Keeps the process alive.
   *
   * @returns how to stop waiting, and a promise of its end.
   */
  wait(look: () => boolean): { readonly ended: Promise<void>; readonly stop: () => void } {
    const socket = this.#hang();
    let waiter: Waiter;
    const ended = new Promise<void>((resolve) => {
      waiter = { look, resolve };
    });
    if (this.#waiters.size === 0) {
      socket.ref();
      this.#timer = setInterval(() => this.#lookAround(), pollInterval);
    }
    this.#waiters.add(waiter!);
    return { ended, stop: () => this.#end(waiter) };
  }

  /** Wakes another member's event loop, or this one's. A bell that cannot be rung is made up for by its owner's looks. */
  ring(member: number): void {
    if (member === this.#members.self) {
      setImmediate(() => this.#answer());
      return;
    }
    const descriptor = this.#others.get(member) ?? this.#open(member);
    if (descriptor < 0) return;
    try {
      writeSync(descriptor, ringing);
    } catch (error) {
      // A full pipe needs no more: a byte lies there already. Anything else: it is gone.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") this.forget(member);
    }
  }

  /** Closes what was opened for a member that is dead. */
  forget(member: number): void {
    const descriptor = this.#others.get(member);
    this.#others.delete(member);
    if (descriptor !== undefined && descriptor >= 0) closeSync(descriptor);
  }

  /** Closes the writing end of a dead thread of this process, which nobody else can. */
  static closeOf(members: Members, member: number): void {
    const record = members.at(member);
    const descriptor = Atomics.exchange(members.words, record + memberBell, 0) - 1;
    if (descriptor < 0) return;
    try {
      if (inodeOf(descriptor) === members.words[record + memberBellFile]) closeSync(descriptor);
    } catch {
      // It was closed by whatever ended the thread.
    }
  }

  #hang(): Socket {
    if (this.#socket !== undefined) return this.#socket;
    const [reading, writing] = createPipe();
    const { words, self } = this.#members;
    const record = this.#members.at(self);
    words[record + memberBellFile] = inodeOf(writing);
    Atomics.store(words, record + memberBell, writing + 1);
    this.#socket = new Socket({ fd: reading, readable: true, writable: false });
    this.#socket.on("data", () => this.#answer());
    this.#socket.on("error", () => {});
    this.#socket.unref();
    return this.#socket;
  }

  #answer(): void {
    for (const waiter of [...this.#waiters]) if (waiter.look()) this.#end(waiter);
  }

  #lookAround(): void {
    this.#look();
    this.#answer();
  }

  #end(waiter: Waiter): void {
    if (this.#waiters.delete(waiter) && this.#waiters.size === 0) {
      clearInterval(this.#timer);
      this.#socket?.unref();
    }
    waiter.resolve();
  }

  #open(member: number): number {
    const descriptor = this.#find(member);
    // It may not have a bell yet: then it has not begun to wait, and will look before it does.
    if (descriptor >= 0) this.#others.set(member, descriptor);
    return descriptor;
  }

  #find(member: number): number {
    const record = this.#members.at(member);
    const number = Atomics.load(this.#members.words, record + memberBell) - 1;
    if (number < 0) return -1;
    const path = `/proc/${this.#members.words[record + memberPid]}/fd/${number}`;
    try {
      if (!readlinkSync(path).startsWith("pipe:")) return -1;
      const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      // The process may have ended, and another one have its number.
      if (inodeOf(descriptor) === this.#members.words[record + memberBellFile]) return descriptor;
      closeSync(descriptor);
    } catch {
      // It has ended, or belongs to another user.
    }
    return -1;
  }
}

const ringing = new Uint8Array(1);

/**
 * The last 32 bits of the number of a descriptor's inode. Asked for as a `bigint`, since Node's `realpathSync` looks at
 * what the last other `stat` in this thread has left: after one of a pipe, it leaves symbolic links as they are.
 */
function inodeOf(descriptor: number): number {
  return Number(BigInt.asIntN(32, fstatSync(descriptor, { bigint: true }).ino));
}
