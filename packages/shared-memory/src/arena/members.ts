import { readFileSync } from "node:fs";
import { unavailable } from "../errors.ts";
import { hasThread, isByteLocked, lockByte, osThread } from "../native/libc.ts";
import {
  alive,
  dead,
  deathsWord,
  type Layout,
  lastMember,
  living,
  memberPid,
  memberProcess,
  memberStart,
  memberState,
  memberThread,
  memberWords,
  mostLiving,
} from "./layout.ts";

/**
 * The members of an arena: threads of processes, each with a number that is never used again. Any of them can find out which is
 * dead, without being told and while others are blocked: a process has one byte of the file locked, which the kernel lets
 * go of when it ends (also while it is a zombie); a thread of a living process is asked for by its number.
 */
export class Members {
  readonly words: Int32Array;
  /** This thread. */
  readonly self: number;
  readonly #descriptor: number;
  readonly #layout: Layout;
  /** The first member of this process, whose number is that of its locked byte. */
  readonly #process: number;

  constructor(words: Int32Array, descriptor: number, layout: Layout) {
    this.words = words;
    this.#descriptor = descriptor;
    this.#layout = layout;
    this.self = Atomics.add(words, lastMember, 1) + 1;
    if (this.self >= layout.records) {
      throw unavailable(`this program has started ${layout.records} threads that share memory, the maximum.`);
    }
    const me = this.at(this.self);
    words[me + memberPid] = process.pid;
    words[me + memberStart] = processStart;
    words[me + memberThread] = osThread();
    this.#process = this.#processOfOthers() ?? this.self;
    words[me + memberProcess] = this.#process;
    if (this.#process === this.self && !lockByte(descriptor, this.self)) {
      throw unavailable(
        "the system refuses a record lock, by which others detect that this process has ended.",
      );
    }
    Atomics.store(words, me + memberState, alive);
    this.#enlist();
  }

  /** Where a member's record is. */
  at(member: number): number {
    return this.#layout.members + member * memberWords;
  }

  /** Which thread of which process it is, by the system's numbers; those of a main thread are the same. */
  describe(member: number): { readonly pid: number; readonly thread: number } {
    const record = this.at(member);
    return {
      pid: this.words[record + memberPid] as number,
      thread: this.words[record + memberThread] as number,
    };
  }

  hasExited(member: number): boolean {
    return (
      member > 0 &&
      member < this.#layout.records &&
      Atomics.load(this.words, this.at(member) + memberState) === dead
    );
  }

  /** Whether a living member is a thread of a process with this number. */
  hasProcess(pid: number): boolean {
    for (const member of this.#enlisted()) {
      if (this.words[this.at(member) + memberPid] === pid && !this.hasExited(member)) return true;
    }
    return false;
  }

  /** How many deaths were noticed so far. */
  get deaths(): number {
    return Atomics.load(this.words, deathsWord);
  }

  /** Looks which members have died since; a dead member stays on the list until {@link collectExited}. */
  pollExits(): void {
    const processes = new Map<number, boolean>();
    for (const member of this.#enlisted()) {
      const record = this.at(member);
      if (Atomics.load(this.words, record + memberState) !== alive || this.#lives(record, processes))
        continue;
      if (Atomics.compareExchange(this.words, record + memberState, alive, dead) === alive) {
        Atomics.add(this.words, deathsWord, 1);
      }
    }
  }

  /** Takes the dead off the list, each after what it leaves was seen to: if that is interrupted, the next one does it. */
  collectExited(leave: (member: number, isOfThisProcess: boolean) => void): void {
    for (let at = living; at < living + mostLiving; at++) {
      const member = Atomics.load(this.words, at);
      if (member === 0 || !this.hasExited(member)) continue;
      leave(member, this.#isOfThisProcess(this.at(member)));
      Atomics.compareExchange(this.words, at, member, 0);
    }
  }

  #lives(record: number, processes: Map<number, boolean>): boolean {
    const pid = this.words[record + memberPid] as number;
    const ofProcess = this.words[record + memberProcess] as number;
    if (ofProcess !== this.#process) {
      let lives = processes.get(ofProcess);
      if (lives === undefined) {
        // A process does not see its own locks; two of its threads that came at once may have one each.
        lives = this.#isOfThisProcess(record) || isByteLocked(this.#descriptor, ofProcess);
        processes.set(ofProcess, lives);
      }
      if (!lives) return false;
    }
    return hasThread(pid, this.words[record + memberThread] as number);
  }

  /** The process that this thread belongs to, if another of its threads is a member. */
  #processOfOthers(): number | undefined {
    for (const member of this.#enlisted()) {
      const record = this.at(member);
      if (this.#isOfThisProcess(record)) return this.words[record + memberProcess];
    }
    return undefined;
  }

  /** By the time of its start as well: numbers of processes are used again. */
  #isOfThisProcess(record: number): boolean {
    return (
      this.words[record + memberPid] === process.pid && this.words[record + memberStart] === processStart
    );
  }

  *#enlisted(): Iterable<number> {
    for (let at = living; at < living + mostLiving; at++) {
      const member = Atomics.load(this.words, at);
      if (member !== 0) yield member;
    }
  }

  #enlist(): void {
    for (let at = living; at < living + mostLiving; at++) {
      if (Atomics.compareExchange(this.words, at, 0, this.self) === 0) return;
    }
    throw unavailable(`${mostLiving} threads and processes share memory already, the maximum at a time.`);
  }
}

/** When this process started, in the kernel's clock ticks: the 22nd field, counted from behind the program's name. */
const processStart: number = startOf(readFileSync("/proc/self/stat", "latin1"));

function startOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]) | 0;
}
