import { packed } from "@concurrent-futures/core/keys";

/**
 * How a result is written down (`log-layout.ts`): a tag, then what the tag says. Of objects with the same keys the keys are written once
 * in a batch, and then named by a number. Words have their lowest byte first. A byte that was never written is 0, which no tag is.
 */
export const tags = {
  undefined: 1,
  null: 2,
  false: 3,
  true: 4,
  /** Four bytes. From 0 to 127 an integer is a tag of its own: 128 and more. */
  integer: 5,
  /** Eight bytes. */
  number: 6,
  /** A length in one byte, then a byte for each character. */
  shortText: 7,
  /** A length in four bytes, then a byte for each character. */
  text: 8,
  /** A length in four bytes, then two bytes for each character. */
  wideText: 9,
  /** A length in two bytes, then as many values. */
  array: 10,
  /** How many keys in one byte, the keys, each a text, then as many values. */
  newShape: 11,
  /** The number of such keys in one byte, then as many values. */
  object: 12,
  /** Eight bytes: a time. */
  date: 13,
} as const;

/** The tags of small integers begin here. */
export const smallIntegers = 128;

/** Different lists of keys in a batch, and keys in one of them. What has more travels as a message. */
export const mostShapes = 128;
export const mostKeys = 128;

/** Levels of objects in a value. */
export const deepestRecord = 32;

/** No object has these when it is written, and none may get them when it is read. */
export function isForbiddenKey(key: string): boolean {
  return key === "__proto__" || key === packed;
}
