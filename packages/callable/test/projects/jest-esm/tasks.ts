import { basename } from "node:path";

export function fib(n: number): number {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

export class Point {
  x: number;
  y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  length(): number {
    return Math.hypot(this.x, this.y);
  }
  static diagonal(n: number): Point {
    return new this(n, n);
  }
}

export class TooMuch extends Error {
  limit: number;
  constructor(message: string, limit: number) {
    super(message);
    this.name = "TooMuch";
    this.limit = limit;
  }
}

export const limits = { upper: 10, check: (n: number): number => limits.guard(n), guard };

function guard(n: number): number {
  if (n > limits.upper) throw new TooMuch(`${n} is too much`, limits.upper);
  return n;
}

export default (path: string): string => basename(path);
