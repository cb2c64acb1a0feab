import { checkWhole, SharedMemoryError } from "../errors.ts";
import { futexWait, futexWake, largestView, viewMemory } from "../native/libc.ts";
import { Bell } from "./bell.ts";
import { type Block, Blocks, full, type Hold } from "./blocks.ts";
import { type ArenaFile, createArenaFile, openArenaFiles, openArenaOf } from "./files.ts";
import { Gate, longestSleep } from "./gate.ts";
import { idHigh, idLow, type Layout, layoutOf, magic, magicWord, memberBell } from "./layout.ts";
import { Members } from "./members.ts";
import { Names } from "./names.ts";

/** How many blocks a thread makes before it looks again who has died and what they leave. */
const lookAfter = 256;

/**
 * Memory that processes share: one file of memory without a name, which goes with the last process that has it. Blocks of
 * it are ArrayBuffers, on which Atomics work between processes; `futex` and bells stand for what `Atomics.wait`,
 * `notify` and `waitAsync` do on a SharedArrayBuffer.
 */
export class Arena {
  readonly file: ArenaFile;
  readonly members: Members;
  readonly bell: Bell;
  /** The names that this program has given, and has to take away. */
  readonly names: Names;
  readonly #layout: Layout;
  readonly #gate: Gate;
  readonly #blocks: Blocks;
  #made = 0;

  private constructor(file: ArenaFile) {
    this.file = file;
    this.#layout = layoutOf(file.bytes);
    const words = new Int32Array(viewMemory(file.address, this.#layout.blocksFrom));
    if (Atomics.load(words, magicWord) !== magic) {
      throw new SharedMemoryError("ERR_SHARED_MEMORY_GONE", "A memory file was not created by this library.");
    }
    this.members = new Members(words, file.descriptor, this.#layout);
    this.#gate = new Gate(this.members, file.address);
    this.#blocks = new Blocks(this.members, this.#layout, file.bytes, file.descriptor);
    this.#gate.repair = () => this.#blocks.rebuild();
    this.bell = new Bell(this.members, () => this.pollExits());
    this.names = new Names(this.members);
  }

  /** The arena for new blocks: the first that this process has, or else a new one. */
  static own(): Arena {
    const [known] = arenas.values();
    if (known !== undefined) return known;
    const [inherited] = openArenaFiles();
    return Arena.#of(inherited ?? createArenaFile());
  }

  /** The arena of a block that came in a message: who sent it, its descriptor there, device and inode. */
  static attach(pid: number, descriptor: number, device: number, inode: number): Arena {
    return arenas.get(`${device}:${inode}`) ?? Arena.#of(openArenaOf(pid, descriptor, device, inode));
  }

  /** Says that a name is gone, so that the part of this program that made it need not remove it. */
  static forgetName(name: string): void {
    for (const arena of arenas.values()) arena.names.forget(name);
  }

  static #of(file: ArenaFile): Arena {
    const arena = new Arena(file);
    arenas.set(`${file.device}:${file.inode}`, arena);
    return arena;
  }

  /** A random number that no other arena has. */
  get id(): number {
    const { words } = this.members;
    return ((words[idHigh] as number) >>> 12) * 2 ** 32 + ((words[idLow] as number) >>> 0);
  }

  /** Makes a zeroed block that this thread holds. @throws SharedMemoryError when there is no room */
  allocate(bytes: number): Block & { readonly hold: Hold } {
    const size = checkWhole("bytes", bytes, 1, largestView);
    if (++this.#made % lookAfter === 0) this.pollExits();
    const made = this.#allocate(size) ?? this.#allocateAfterALook(size);
    if (made === undefined) throw full(`${size} bytes are requested, of ${this.file.bytes} in all`);
    if (made.isUsed) new Uint8Array(this.view(made)).fill(0);
    return made;
  }

  /** Holds a block that came in a message, or gives `undefined` if it was freed since. */
  take(block: number, serial: number): (Block & { readonly hold: Hold }) | undefined {
    return this.#gate.inside(() => {
      const found = this.#blocks.find(block, serial);
      return found && { ...found, hold: this.#blocks.hold(block, this.members.self) };
    });
  }

  /** Keeps a block while a message is under way; {@link release} ends that. */
  send(block: number): Hold {
    return this.#gate.inside(() => this.#blocks.hold(block, 0));
  }

  /** Gives a hold back; the block is free when that was the last one. */
  release(hold: Hold): void {
    this.#gate.inside(() => this.#blocks.release(hold));
  }

  /** The memory of a block. Ends when nothing refers to it; it must not outlive the hold. */
  view({ offset, bytes }: Block): ArrayBuffer {
    return viewMemory(this.#address(offset), bytes);
  }

  /** Looks who has died since, and frees what only they had. */
  pollExits(): void {
    this.members.pollExits();
    this.members.collectExited((member, isOfThisProcess) => {
      this.#gate.inside(() => this.#blocks.releaseAll(member));
      if (isOfThisProcess) Bell.closeOf(this.members, member);
      this.bell.forget(member);
    });
  }

  /**
   * Blocks this thread while a word of a block has a value, but no longer than a nap: a thread that sleeps longer can
   * neither be ended nor see that who should wake it has died.
   */
  sleep(offset: number, value: number, milliseconds: number): void {
    futexWait(this.#address(offset), value, Math.max(0, Math.min(milliseconds, longestSleep)));
  }

  /** Wakes threads that sleep on a word of a block. */
  wake(offset: number, count: number): void {
    futexWake(this.#address(offset), count);
  }

  /** Whether a member has ever awaited: only then has it a bell. */
  hasBell(member: number): boolean {
    return Atomics.load(this.members.words, this.members.at(member) + memberBell) !== 0;
  }

  #address(offset: number): bigint {
    return this.file.address + BigInt(offset);
  }

  #allocate(bytes: number): (Block & { readonly hold: Hold; readonly isUsed: boolean }) | undefined {
    return this.#gate.inside(() => {
      const made = this.#blocks.allocate(bytes);
      return made && { ...made, hold: this.#blocks.hold(made.block, this.members.self) };
    });
  }

  #allocateAfterALook(
    bytes: number,
  ): (ReturnType<Arena["allocate"]> & { readonly isUsed: boolean }) | undefined {
    this.pollExits();
    return this.#allocate(bytes);
  }
}

/** The arenas of this thread, by device and inode. */
const arenas = new Map<string, Arena>();
