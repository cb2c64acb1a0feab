import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, readSync, statSync } from "node:fs";
import { SharedMemoryError, unavailable } from "../errors.ts";
import {
  adoptMapping,
  createMemoryFile,
  mapFile,
  openFile,
  sealFileSize,
  setFileSize,
  viewMemory,
} from "../native/libc.ts";
import { Blocks } from "./blocks.ts";
import {
  arenaBytes,
  fileName,
  idHigh,
  idLow,
  layoutOf,
  leastArenaBytes,
  magic,
  magicWord,
} from "./layout.ts";

/** An arena's file, mapped in this process. */
export interface ArenaFile {
  readonly descriptor: number;
  readonly address: bigint;
  readonly bytes: number;
  /** Which file it is, for who has to open it. */
  readonly device: number;
  readonly inode: number;
}

const linkName = `/memfd:${fileName} (deleted)`;
const ownDescriptors = "/proc/self/fd";

/** Makes a new arena: as large as the address space allows, of a size that nobody can change any more. */
export function createArenaFile(): ArenaFile {
  const descriptor = createMemoryFile(fileName);
  if (descriptor < 0) throw unavailable("the system refuses a file of memory (memfd_create).");
  for (let bytes = arenaBytes; bytes >= leastArenaBytes; bytes /= 4) {
    if (!setFileSize(descriptor, bytes)) continue;
    const address = mapFile(descriptor, bytes);
    if (address === 0n) continue;
    if (!sealFileSize(descriptor)) throw unavailable("the system refuses to seal a file of memory.");
    const layout = layoutOf(bytes);
    const words = new Int32Array(viewMemory(address, layout.blocksFrom));
    const id = randomBytes(8);
    words[idLow] = id.readInt32LE(0);
    words[idHigh] = id.readInt32LE(4);
    Blocks.prepare(words, layout);
    Atomics.store(words, magicWord, magic);
    return { descriptor, address, bytes, ...fileOf(descriptor) };
  }
  throw unavailable(
    `there is no room for ${leastArenaBytes} bytes of addresses: raise the limit (ulimit -v).`,
  );
}

/** The arenas that this process has open: inherited from its parent, or opened by another thread. */
export function openArenaFiles(): readonly ArenaFile[] {
  const files = new Map<string, ArenaFile>();
  for (const name of readdirSync(ownDescriptors)) {
    if (linkOf(`${ownDescriptors}/${name}`) !== linkName) continue;
    const descriptor = Number(name);
    if (!isReady(descriptor)) continue;
    const file = fileOf(descriptor);
    const key = `${file.device}:${file.inode}`;
    if (!files.has(key)) files.set(key, mapped(descriptor, file));
  }
  return [...files.values()];
}

/** Whether the thread that makes this file has finished: another one can see it as soon as it has a name. */
function isReady(descriptor: number): boolean {
  const word = new Int32Array(1);
  const at = magicWord * word.byteLength;
  try {
    return readSync(descriptor, word, 0, word.byteLength, at) === word.byteLength && word[0] === magic;
  } catch {
    // Closed meanwhile.
    return false;
  }
}

/**
 * Opens an arena through a process that has it open. All of this came in a message: it is believed only as far as it
 * leads to a file of ours.
 *
 * @throws SharedMemoryError
 */
export function openArenaOf(pid: number, descriptor: number, device: number, inode: number): ArenaFile {
  for (const file of openArenaFiles()) if (file.device === device && file.inode === inode) return file;
  const path = `/proc/${pid}/fd/${descriptor}`;
  if (!isArena(path, device, inode)) throw gone(pid);
  // It stays open: closing a descriptor of this file would let go of the lock by which others see that we live.
  const opened = openFile(path);
  if (opened < 0 || !isArena(`${ownDescriptors}/${opened}`, device, inode)) throw gone(pid);
  return mapped(opened, { device, inode });
}

function isArena(path: string, device: number, inode: number): boolean {
  if (linkOf(path) !== linkName) return false;
  const file = statSync(path, { throwIfNoEntry: false });
  return file?.dev === device && file.ino === inode;
}

function gone(pid: number): SharedMemoryError {
  return new SharedMemoryError(
    "ERR_SHARED_MEMORY_GONE",
    `Memory came from process ${pid}, which is not there any more, or belongs to another user or machine. ` +
      "Shared memory reaches the processes of one program on one machine; elsewhere use a manager.",
  );
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile, or not ours to look at.
    return undefined;
  }
}

function fileOf(descriptor: number): Pick<ArenaFile, "device" | "inode"> {
  const { dev, ino } = statSync(`${ownDescriptors}/${descriptor}`);
  return { device: dev, inode: ino };
}

function mapped(descriptor: number, file: Pick<ArenaFile, "device" | "inode">): ArenaFile {
  const bytes = statSync(`${ownDescriptors}/${descriptor}`).size;
  let address = mappedByThisProcess(file.inode, bytes);
  if (address === undefined) {
    address = mapFile(descriptor, bytes);
    if (address === 0n)
      throw unavailable(
        `there is no room for ${bytes} bytes of addresses here: raise the limit (ulimit -v).`,
      );
  } else adoptMapping(address, bytes);
  return { descriptor, address, bytes, ...file };
}

/** Where another thread has mapped all of the file: threads that end do not unmap, so each mapping must serve them all. */
function mappedByThisProcess(inode: number, bytes: number): bigint | undefined {
  for (const line of readFileSync("/proc/self/maps", "latin1").split("\n")) {
    if (!line.endsWith(linkName)) continue;
    const [, from, to, mode, offset, found] =
      /^([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) \S+ (\d+)/.exec(line) ?? [];
    if (mode !== "rw-s" || Number.parseInt(offset as string, 16) !== 0 || Number(found) !== inode) continue;
    const address = BigInt(`0x${from}`);
    if (BigInt(`0x${to}`) - address === BigInt(bytes)) return address;
  }
  return undefined;
}
