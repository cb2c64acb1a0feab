import { Buffer } from "node:buffer";

/** The integer in bytes of two's complement, the lowest first. By hexadecimal digits: shifting takes quadratic time. */
export function integerOf(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  const unsigned = BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
  const value = BigInt.asIntN(bytes.length * 8, unsigned);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Bytes of two's complement, the lowest first, with room for the sign. */
export function bytesOf(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0);
  // As many bytes as the magnitude has, and one for the sign: one more than Python at times, which reads it as well.
  const magnitude = (value < 0n ? -value : value).toString(16);
  const length = Math.ceil(magnitude.length / 2) + 1;
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, "0");
  return Buffer.from(hex, "hex").reverse();
}
