import { checkWhole, unavailable } from "../errors.ts";
import { type Binding, loadBinding } from "./binding.ts";

/**
 * The operating system's part of shared memory. A wrong argument to a C function crashes the process, so each is checked
 * here; addresses come from {@link mapFile} and {@link adoptMapping} only.
 */

let loaded: Binding | undefined;

function libc(): Binding {
  loaded ??= loadBinding();
  return loaded;
}

/** Loads the library that calls C functions. @throws SharedMemoryError where processes cannot share memory */
export function loadLibc(): void {
  libc();
}

/** Bytes of a page. */
export const pageBytes = 4096;
/** 47 bits of addresses are a program's own on x64. */
const mostBytes = 2 ** 46;
const mostDescriptors = 2 ** 30;
const scratch = new Uint8Array(32);
const scratchWords = new DataView(scratch.buffer);

function checkDescriptor(descriptor: number): number {
  return checkWhole("descriptor", descriptor, 0, mostDescriptors);
}

/** A file of memory without a place in any folder; -1 when the system refuses. */
export function createMemoryFile(name: string): number {
  if (!/^[\w.-]{1,100}$/.test(name))
    throw new TypeError(`Expected a name of letters and digits, got ${name}.`);
  return Number(libc().functions.memfd_create(name, closeOnExec | allowSealing));
}

/** Sets the size of a file. `false`: the system refuses. */
export function setFileSize(descriptor: number, bytes: number): boolean {
  const size = checkWhole("bytes", bytes, 0, mostBytes);
  return Number(libc().functions.ftruncate(checkDescriptor(descriptor), size)) === 0;
}

/** Forbids forever that a memory file shrinks or grows: a process that has it mapped would crash at its end. */
export function sealFileSize(descriptor: number): boolean {
  const all = sealSeals | sealShrink | sealGrow;
  return (
    Number(libc().functions.syscall(callFcntl, checkDescriptor(descriptor), addSeals, all, scratch)) === 0
  );
}

/** Gives the memory of a range of a file back to the system; it reads as zeros afterwards. */
export function freeFileRange(descriptor: number, offset: number, bytes: number): boolean {
  return (
    Number(
      libc().functions.fallocate(
        checkDescriptor(descriptor),
        punchHole | keepSize,
        checkWhole("offset", offset, 0, mostBytes),
        checkWhole("bytes", bytes, 1, mostBytes),
      ),
    ) === 0
  );
}

/** Opens a file for reading and writing; -1 when it cannot be opened. Node does not close it when a worker thread ends. */
export function openFile(path: string): number {
  if (typeof path !== "string" || path.includes("\0")) throw new TypeError("Expected a path.");
  return Number(libc().functions.open(path, readWrite | closeOnExecFlag, 0));
}

/** The two ends of a pipe that never blocks: to read from, to write to. */
export function createPipe(): readonly [number, number] {
  if (Number(libc().functions.pipe2(scratch, nonBlocking | closeOnExecFlag)) !== 0) {
    throw unavailable("no pipe can be made: are there file descriptors left?");
  }
  return [scratchWords.getInt32(0, true), scratchWords.getInt32(4, true)];
}

// ---- memory ----

/** Where files are mapped in this process, as far as this thread knows: from and to. */
const mapped = new Map<bigint, bigint>();

/** Maps a file from its start. 0n: there is no room. */
export function mapFile(descriptor: number, bytes: number): bigint {
  const address = BigInt(
    libc().functions.mmap(
      0,
      checkWhole("bytes", bytes, 1, mostBytes),
      readable | writable,
      shared,
      checkDescriptor(descriptor),
      0,
    ),
  );
  // It fails with -1, as an address.
  if (address === 0xffff_ffff_ffff_ffffn) return 0n;
  mapped.set(address, address + BigInt(bytes));
  return address;
}

/** Takes note of what another thread of this process has mapped. */
export function adoptMapping(address: bigint, bytes: number): void {
  mapped.set(address, address + BigInt(checkWhole("bytes", bytes, 1, mostBytes)));
}

/** Unmaps what {@link mapFile} gave. Views of it must be gone: reading them would crash the process. */
export function unmap(address: bigint): void {
  const end = mapped.get(address);
  if (end === undefined) return;
  mapped.delete(address);
  libc().functions.munmap(address, end - address);
}

function checkMapped(address: bigint, bytes: number): void {
  for (const [from, to] of mapped) if (address >= from && address + BigInt(bytes) <= to) return;
  throw new RangeError(`Nothing is mapped at ${address} for ${bytes} bytes.`);
}

/** The most that one ArrayBuffer may have on each Node version. */
export const largestView: number = 2 ** 32 - pageBytes;

/** The memory itself: an ordinary ArrayBuffer, on which Atomics are atomic between processes. */
export function viewMemory(address: bigint, bytes: number): ArrayBuffer {
  checkWhole("bytes", bytes, 0, largestView);
  checkMapped(address, bytes);
  return bytes === 0 ? new ArrayBuffer(0) : libc().view(address, bytes);
}

/** Sleeps while a word has a value, until somebody wakes it or the time is up. */
export function futexWait(address: bigint, value: number, milliseconds: number): void {
  checkMapped(address, 4);
  checkWhole("value", value, -(2 ** 31), 2 ** 31 - 1);
  const seconds = Math.floor(milliseconds / 1000);
  scratchWords.setBigInt64(0, BigInt(checkWhole("seconds", seconds, 0, 2 ** 31)), true);
  scratchWords.setBigInt64(8, BigInt(Math.floor((milliseconds - 1000 * seconds) * 1e6)), true);
  // Without the flag for private futexes: with it, other processes would never be woken.
  libc().functions.syscall(callFutex, address, futexWaitOperation, value, scratch);
}

/** Wakes those who sleep on a word. */
export function futexWake(address: bigint, count: number): void {
  checkMapped(address, 4);
  libc().functions.syscall(
    callFutex,
    address,
    futexWakeOperation,
    checkWhole("count", count, 1, 2 ** 31 - 1),
    scratch,
  );
}

// ---- who lives ----

/**
 * Locks one byte of a file for this process, until it ends: the kernel lets go, whatever has ended it, even while its
 * parent has not taken notice. Closing any descriptor of the file would let go as well.
 */
export function lockByte(descriptor: number, at: number): boolean {
  return Number(libc().functions.fcntl(checkDescriptor(descriptor), setLock, byteLock(at))) === 0;
}

/** Whether another process has a byte locked. A process never sees its own locks. */
export function isByteLocked(descriptor: number, at: number): boolean {
  const lock = byteLock(at);
  // When in doubt nobody is declared dead.
  if (Number(libc().functions.fcntl(checkDescriptor(descriptor), getLock, lock)) !== 0) return true;
  return scratchWords.getInt16(0, true) !== unlocked;
}

/** A `struct flock`: type, whence, start, length, pid. */
function byteLock(at: number): Uint8Array {
  scratch.fill(0);
  scratchWords.setInt16(0, writeLock, true);
  scratchWords.setBigInt64(8, BigInt(checkWhole("at", at, 0, mostBytes)), true);
  scratchWords.setBigInt64(16, 1n, true);
  return scratch;
}

/** This thread's number in the operating system. */
export function osThread(): number {
  return Number(libc().functions.syscall(callGettid, 0, 0, 0, scratch));
}

/** Whether a process has a thread of that number. */
export function hasThread(pid: number, thread: number): boolean {
  checkWhole("pid", pid, 1, 2 ** 31 - 1);
  checkWhole("thread", thread, 1, 2 ** 31 - 1);
  return Number(libc().functions.syscall(callTgkill, pid, thread, 0, scratch)) === 0;
}

// Numbers of Linux on x64.
const closeOnExec = 1;
const allowSealing = 2;
const addSeals = 1033;
const sealSeals = 1;
const sealShrink = 2;
const sealGrow = 4;
const keepSize = 1;
const punchHole = 2;
const readWrite = 2;
const nonBlocking = 0o4000;
const closeOnExecFlag = 0o2000000;
const readable = 1;
const writable = 2;
const shared = 1;
const getLock = 5;
const setLock = 6;
const writeLock = 1;
const unlocked = 2;
const callFcntl = 72;
const callGettid = 186;
const callFutex = 202;
const callTgkill = 234;
const futexWaitOperation = 0;
const futexWakeOperation = 1;
