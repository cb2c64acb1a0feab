/**
 * Where things are in an arena. First a header and three tables of records, each 32-bit words; then the blocks. All of it
 * is sparse: what was never touched takes no memory.
 */

/** The name of the file, by which children find what they have inherited. The number is that of this layout. */
export const fileName = "concurrent-futures-1";
export const magic = 0x63663031;

// Words of the header.
export const magicWord = 0;
export const idLow = 1;
export const idHigh = 2;
/** The member inside: its number times two, plus one while another one sleeps before the gate. */
export const gateWord = 3;
/** Counts deaths. */
export const deathsWord = 4;
/** The last number that was given to a member. */
export const lastMember = 5;
/** Where new blocks begin, in units; see {@link unitBytes}. */
export const nextUnit = 6;
export const usedBlockRecords = 7;
export const freeHold = 8;
export const usedHolds = 9;
/** A list of free blocks for each size: 2 ** index bytes. */
export const freeLists = 16;
export const sizes = 40;
/** The members that live, by number. */
export const living = 64;
export const mostLiving = 4096;
const headerWords: number = living + mostLiving;

/** Blocks are of whole units. */
export const unitBytes = 64;

/** The names that the program has given to blocks; see `names.ts`. */
export const names: number = headerWords;
export const mostNames = 256;
export const nameWords = 64;
export const nameState = 0;
export const nameMember = 1;
export const nameBytes = 2;
export const nameFrom = 3;

// Words of a member's record: one thread of one process.
export const memberWords = 16;
export const memberState = 0;
export const memberProcess = 1;
export const memberPid = 2;
export const memberThread = 3;
export const memberBell = 4;
export const memberBellFile = 5;
export const memberHolds = 6;
export const memberStart = 7;

export const alive = 1;
export const dead = 2;

// Words of a block's record.
export const blockWords = 8;
/** Odd while it is in use; another number for each use. */
export const blockSerial = 0;
/** Its room: 2 ** class bytes. */
export const blockClass = 1;
export const blockUnit = 2;
export const blockBytesLow = 3;
export const blockBytesHigh = 4;
/** How many holds there are. */
export const blockHolds = 5;
export const blockNext = 6;

// Words of a hold: a block that a member has, or that is under way in a message.
export const holdWords = 8;
export const holdBlock = 0;
export const holdNext = 1;
export const holdPrevious = 2;
/** The member, or 0 for a message. */
export const holdMember = 3;
/** Another number for each use. */
export const holdSerial = 4;

/** The tables of an arena of a size, as indexes of words, and where blocks begin, in bytes. */
export interface Layout {
  /** Records of each table; 0 is none. */
  readonly records: number;
  readonly members: number;
  readonly blocks: number;
  readonly holds: number;
  readonly blocksFrom: number;
}

/** How an arena of this many bytes is divided. */
export function layoutOf(bytes: number): Layout {
  const records = Math.min(2 ** 21, bytes / 2 ** 12);
  const members = names + mostNames * nameWords;
  const blocks = members + records * memberWords;
  const holds = blocks + records * blockWords;
  const end = 4 * (holds + records * holdWords);
  return { records, members, blocks, holds, blocksFrom: Math.ceil(end / 4096) * 4096 };
}

/** Bytes of an arena, largest first. Addresses only; where they are limited, fewer will do. */
export const arenaBytes: number = 2 ** 38;
export const leastArenaBytes: number = 2 ** 24;
