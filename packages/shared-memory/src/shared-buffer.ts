import { Arena } from "./arena/arena.ts";
import type { Block, Hold } from "./arena/blocks.ts";
import { SharedMemoryError } from "./errors.ts";
import { dressed, MappedBuffer } from "./mapped-buffer.ts";

/** How instances travel; see `@concurrent-futures/callable`, which agrees on these registered symbols. */
const reduce = Symbol.for("concurrent-futures.reduce");
const revive = Symbol.for("concurrent-futures.revive");
const reference = Symbol.for("concurrent-futures.reference");

/** From this size on the collector is told how much memory an object stands for. */
const ballastFrom = 2 ** 16;

interface Place {
  readonly arena: Arena;
  readonly block: Block;
  readonly hold: Hold;
  readonly isSparse: boolean;
  /** Its maker keeps it until all messages that name it have arrived: they need not hold it, and may get lost. */
  readonly isKept?: boolean;
  /** Who receives it gets a copy in ordinary memory. */
  readonly isCopied?: boolean;
}

/** On the buffer itself, so that two copies of this package agree on it. */
const placeKey = Symbol.for("concurrent-futures.place");
interface Placed {
  readonly [placeKey]?: Place;
}
/** What this thread has of each arena, by block and serial: one object for each. */
const known = new WeakMap<Arena, Map<string, WeakRef<SharedBuffer>>>();
/** A message that has not been sent yet keeps what it names. */
const named = new WeakMap<object, SharedBuffer>();
/** The collector does not see shared memory; ordinary memory of that size, never touched, makes it run in time. */
const ballast = new WeakMap<SharedBuffer, ArrayBuffer>();

const collected = new FinalizationRegistry<Place>(({ arena, block, hold }) => {
  const buffers = known.get(arena);
  const key = keyOf(block);
  // It may have come back meanwhile, as another object with a hold of its own.
  if (buffers?.get(key)?.deref() === undefined) buffers?.delete(key);
  arena.release(hold);
});

/**
 * Memory that the threads and processes of one program share. It is an `ArrayBuffer`: typed arrays and `Atomics` work on
 * it, except `Atomics.wait` and `notify`. Made by {@link sharedBuffer}; it travels, and so do typed arrays over it, as a
 * few numbers. It is freed when nobody has it any more.
 */
export class SharedBuffer extends MappedBuffer {
  /**
   * Allocates in an arena.
   *
   * @param isSparse - whether most of it will never be touched: then the collector is not told of its size.
   * @throws SharedMemoryError
   */
  static allocate(bytes: number, arena: Arena = Arena.own(), isSparse: boolean = false): SharedBuffer {
    const { hold, ...block } = arena.allocate(bytes);
    return SharedBuffer.#over({ arena, block, hold, isSparse });
  }

  /**
   * As {@link allocate}, for memory that is kept here until each message that names it has arrived: one that gets lost, because its
   * receiver has died, then holds nothing.
   *
   * @param isCopied - whether each receiver gets a copy, in ordinary memory of its own.
   */
  static allocateKept(bytes: number, isCopied: boolean): SharedBuffer {
    const arena = Arena.own();
    const { hold, ...block } = arena.allocate(bytes);
    return SharedBuffer.#over({ arena, block, hold, isSparse: false, isKept: true, isCopied });
  }

  /** Where a buffer is; `undefined` for any other memory. */
  static placeOf(buffer: object): Place | undefined {
    return (buffer as Placed)[placeKey];
  }

  static #over(place: Place): SharedBuffer {
    const buffer = dressed(place.arena.view(place.block), SharedBuffer);
    Object.defineProperty(buffer, placeKey, { value: place });
    collected.register(buffer, place);
    if (!place.isSparse && place.block.bytes >= ballastFrom)
      ballast.set(buffer, new ArrayBuffer(place.block.bytes));
    let buffers = known.get(place.arena);
    if (buffers === undefined) {
      buffers = new Map();
      known.set(place.arena, buffers);
    }
    buffers.set(keyOf(place.block), new WeakRef(buffer));
    return buffer;
  }

  static {
    Object.defineProperty(SharedBuffer, reference, {
      value: { module: import.meta.url, path: ["SharedBuffer"] },
    });
    Object.defineProperty(SharedBuffer, revive, {
      value: (ticket: unknown) => SharedBuffer.#arrive(ticketOf(ticket)),
    });
    Object.defineProperty(SharedBuffer.prototype, reduce, {
      value(this: SharedBuffer) {
        return SharedBuffer.#leave(this);
      },
    });
  }

  /** What travels: numbers in a typed array, which every medium keeps as it is. */
  static #leave(buffer: SharedBuffer): Float64Array {
    const { arena, block, isSparse, isKept, isCopied } = (buffer as Placed)[placeKey] as Place;
    const { descriptor, device, inode } = arena.file;
    const { hold, serial } = isKept ? noHold : arena.send(block.block);
    const ticket = Float64Array.of(
      arena.id,
      process.pid,
      descriptor,
      device,
      inode,
      block.block,
      block.serial,
      hold,
      serial,
      (isSparse ? sparse : 0) + (isCopied ? copied : 0),
    );
    named.set(ticket, buffer);
    return ticket;
  }

  static #arrive(ticket: Ticket): ArrayBuffer {
    const [id, pid, descriptor, device, inode, block, serial, hold, holdSerial, how] = ticket;
    const arena = Arena.attach(pid, descriptor, device, inode);
    if (arena.id !== id) throw gone("it belongs to another program");
    if ((how & copied) !== 0) return SharedBuffer.#copy(arena, block, serial);
    const buffer =
      knownBuffer(arena, block, serial) ?? SharedBuffer.#take(arena, block, serial, (how & sparse) !== 0);
    // The message has arrived: from here on this thread's own hold keeps the block.
    arena.release({ hold, serial: holdSerial });
    return buffer;
  }

  static #copy(arena: Arena, number: number, serial: number): ArrayBuffer {
    const taken = arena.take(number, serial);
    if (taken === undefined) throw gone("it was freed before this message was read");
    try {
      return arena.view(taken).slice(0);
    } finally {
      arena.release(taken.hold);
    }
  }

  static #take(arena: Arena, number: number, serial: number, isSparse: boolean): SharedBuffer {
    const taken = arena.take(number, serial);
    if (taken === undefined) throw gone("it was freed before this message was read");
    const { hold, ...block } = taken;
    return SharedBuffer.#over({ arena, block, hold, isSparse });
  }
}

/** In the last number of a ticket. */
const sparse = 1;
const copied = 2;
const noHold: Hold = { hold: 0, serial: 0 };

type Ticket = [number, number, number, number, number, number, number, number, number, number];

/** A ticket is believed only as far as it names a block that there is. */
function ticketOf(value: unknown): Ticket {
  const numbers = isFloats(value) ? [...(value as Float64Array)] : [];
  const isTicket = numbers.length === 10 && numbers.every((number) => Number.isSafeInteger(number));
  if (!isTicket) throw gone("the message does not identify it correctly");
  return numbers as Ticket;
}

/** Also of another realm: Jest runs each test file in one. */
function isFloats(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Float64Array]";
}

/**
 * Makes zeroed memory that threads and processes share.
 *
 * A typed array over it that is an argument, is captured, or is a result is a view of the same memory in every thread and
 * process of the program: nothing is copied. The memory is freed when no thread and no process has it any more, and all of
 * it when the program has ended, however it did.
 *
 * @param bytes - how many, from 1 to about 4 GiB.
 * @throws SharedMemoryError (`ERR_SHARED_MEMORY_UNAVAILABLE`) where processes cannot share memory: today, anywhere but on
 * Linux on x64; `ERR_SHARED_MEMORY_FULL` when there is no room.
 *
 * @example
 * ```ts
 * const pixels = new Uint8ClampedArray(sharedBuffer(4 * width * height));
 * await pool.submit(paint, pixels);
 * ```
 */
export function sharedBuffer(bytes: number): ArrayBuffer {
  return SharedBuffer.allocate(bytes);
}

function keyOf({ block, serial }: Pick<Block, "block" | "serial">): string {
  return `${block}/${serial}`;
}

function knownBuffer(arena: Arena, block: number, serial: number): SharedBuffer | undefined {
  return known.get(arena)?.get(keyOf({ block, serial }))?.deref();
}

function gone(why: string): SharedMemoryError {
  return new SharedMemoryError(
    "ERR_SHARED_MEMORY_GONE",
    `Shared memory that came in a message is not available: ${why}. Keep a reference to it until it has arrived.`,
  );
}
