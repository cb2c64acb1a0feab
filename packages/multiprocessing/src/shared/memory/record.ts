import { Buffer } from "node:buffer";
import { deserialize, serialize } from "node:v8";
import { packAsBytes, unpack, unpackSync } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { isJsonSafe } from "./json-safe.ts";

/**
 * How an item lies in a ring: a kind and some bytes. Numbers, short strings, the constants and small plain objects have
 * kinds of their own, for speed; all else is what V8 makes of it, after `pack` has seen to class instances, functions and errors.
 */
export interface RecordData {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

const constant = 1;
const numeric = 2;
const latin1 = 3;
const object = 4;
const json = 6;
/** A message of bytes, as `sendBytes` makes it. */
export const raw = 5;

const constants: readonly unknown[] = [undefined, null, true, false];
/** Longer strings go faster through V8. */
const shortString = 256;

const scratch = Buffer.alloc(8 + shortString);
const scratchNumber = new Float64Array(scratch.buffer, scratch.byteOffset, 1);
const numberBytes = scratch.subarray(0, 8);
const oneByte: readonly Buffer[] = [0, 1, 2, 3].map((index) => Buffer.from([index]));

/**
 * Makes the record of an item. It is valid until the next call.
 *
 * @throws SerializationError when the item cannot be sent.
 */
export function encode(item: unknown, medium: "thread" | "spawn" = "thread"): RecordData {
  switch (typeof item) {
    case "number":
      scratchNumber[0] = item;
      return { kind: numeric, bytes: numberBytes };
    case "string":
      if (item.length <= shortString && isLatin1(item)) {
        return { kind: latin1, bytes: scratch.subarray(0, scratch.write(item, 0, "latin1")) };
      }
      break;
    case "undefined":
    case "boolean":
      return { kind: constant, bytes: oneByte[constants.indexOf(item)] as Buffer };
    default:
      if (item === null) return { kind: constant, bytes: oneByte[1] as Buffer };
  }
  if (typeof item === "object" && isJsonSafe(item as object)) {
    return { kind: json, bytes: Buffer.from(JSON.stringify(item)) };
  }
  const packed = packAsBytes(item, medium, "the item");
  try {
    return { kind: object, bytes: serialize(packed) };
  } catch (error) {
    throw new SerializationError(
      `The item cannot be copied into the queue: ${(error as Error).message.replace(/\.$/, "")}. ` +
        "Shared memory (SharedArrayBuffer, Lock, Queue, Value) is passed to workers as an argument, not through a queue.",
      { cause: error },
    );
  }
}

/** The item of a record; a promise when a module must be imported for it first. */
export function decode({ kind, bytes }: RecordData): unknown {
  return kind === object ? unpack(deserialize(bytes)) : decodeSimple(kind, bytes);
}

/** As {@link decode}, at once. */
export function decodeSync({ kind, bytes }: RecordData): unknown {
  return kind === object ? unpackSync(deserialize(bytes)) : decodeSimple(kind, bytes);
}

function decodeSimple(kind: number, bytes: Uint8Array): unknown {
  switch (kind) {
    case constant:
      return constants[bytes[0] as number];
    case numeric:
      numberBytes.set(bytes);
      return scratchNumber[0];
    case latin1:
      return (bytes as Buffer).toString("latin1");
    case json:
      return JSON.parse((bytes as Buffer).toString());
    default:
      return bytes;
  }
}

function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false;
  return true;
}
