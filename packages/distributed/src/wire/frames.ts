import { Buffer } from "node:buffer";
import { SerializationError } from "@concurrent-futures/core";

/** Puts byte strings behind each other, each with its length. */
export function joinFrames(frames: readonly Uint8Array[]): Buffer {
  const joined = Buffer.allocUnsafe(frames.reduce((sum, frame) => sum + 4 + frame.byteLength, 0));
  let at = 0;
  for (const frame of frames) {
    at = joined.writeUInt32LE(frame.byteLength, at);
    joined.set(frame, at);
    at += frame.byteLength;
  }
  return joined;
}

/** The inverse of {@link joinFrames}. @throws SerializationError when the bytes are not this many frames */
export function splitFrames(bytes: Buffer, count: number): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (frames.length < count && bytes.length - at >= 4) {
    const length = bytes.readUInt32LE(at);
    if (length > bytes.length - at - 4) break;
    frames.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  if (frames.length === count && at === bytes.length) return frames;
  throw new SerializationError(
    `Expected a job with ${count} calls in ${bytes.length} bytes, got something else.`,
  );
}

/** The first of the frames, and the others as they are. @throws SerializationError when there is none */
export function firstFrame(bytes: Buffer): [first: Buffer, rest: Buffer] {
  const length = bytes.length < 4 ? Number.POSITIVE_INFINITY : bytes.readUInt32LE(0);
  if (length <= bytes.length - 4) return [bytes.subarray(4, 4 + length), bytes.subarray(4 + length)];
  throw new SerializationError(`Expected a function in ${bytes.length} bytes, got something else.`);
}

/** What a worker says of one call. */
export interface ReplyFrame {
  readonly kind: ReplyKind;
  /** The call's place in its job. */
  readonly index: number;
  /** The result or error, or how far the call is; empty for the other kinds. */
  readonly bytes: Uint8Array;
  /** How long the call ran; 0 for the other kinds. */
  readonly microseconds: number;
}

const kinds = ["started", "result", "error", "not run", "progress"] as const;
export type ReplyKind = (typeof kinds)[number];

/** Whether a reply is the outcome of its call. */
export function isOutcome({ kind }: ReplyFrame): boolean {
  return kind === "result" || kind === "error";
}

/** What a worker says of a call that is so far, from 0 to 1. */
export function progressFrame(index: number, share: number): ReplyFrame {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(share);
  return { kind: "progress", index, bytes, microseconds: 0 };
}

/** The inverse of {@link progressFrame}; `undefined` for what is not a share. */
export function shareIn({ bytes }: ReplyFrame): number | undefined {
  if (bytes.byteLength !== 8) return undefined;
  const share = Buffer.from(bytes.buffer, bytes.byteOffset, 8).readDoubleLE();
  return share >= 0 && share <= 1 ? share : undefined;
}

/** Bytes of a frame beside its content. */
const head = 13;

/** Writes replies behind each other. */
export function joinReplies(replies: readonly ReplyFrame[]): Buffer {
  const joined = Buffer.allocUnsafe(replies.reduce((sum, { bytes }) => sum + head + bytes.byteLength, 0));
  let at = 0;
  for (const { kind, index, bytes, microseconds } of replies) {
    at = joined.writeUInt8(kinds.indexOf(kind), at);
    at = joined.writeUInt32LE(index, at);
    at = joined.writeUInt32LE(Math.min(microseconds, 2 ** 32 - 1) >>> 0, at);
    at = joined.writeUInt32LE(bytes.byteLength, at);
    joined.set(bytes, at);
    at += bytes.byteLength;
  }
  return joined;
}

/** The inverse of {@link joinReplies}. What cannot be read ends the list. */
export function splitReplies(bytes: Buffer): ReplyFrame[] {
  const replies: ReplyFrame[] = [];
  let at = 0;
  while (bytes.length - at >= head) {
    const kind = kinds[bytes.readUInt8(at)];
    const index = bytes.readUInt32LE(at + 1);
    const microseconds = bytes.readUInt32LE(at + 5);
    const length = bytes.readUInt32LE(at + 9);
    at += head;
    if (kind === undefined || length > bytes.length - at) break;
    replies.push({ kind, index, microseconds, bytes: bytes.subarray(at, at + length) });
    at += length;
  }
  return replies;
}
