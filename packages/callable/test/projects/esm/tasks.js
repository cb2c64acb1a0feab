import { basename } from "node:path";

export function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

export class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
  length() {
    return Math.hypot(this.x, this.y);
  }
  static diagonal(n) {
    return new this(n, n);
  }
}

export class TooMuch extends Error {
  constructor(message, limit) {
    super(message);
    this.name = "TooMuch";
    this.limit = limit;
  }
}

export const limits = { upper: 10, check: (n) => limits.guard(n), guard };

function guard(n) {
  if (n > limits.upper) throw new TooMuch(`${n} is too much`, limits.upper);
  return n;
}

export default (path) => basename(path);
