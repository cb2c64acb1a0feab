const { basename } = require("node:path");

function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

class Point {
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

class TooMuch extends Error {
  constructor(message, limit) {
    super(message);
    this.name = "TooMuch";
    this.limit = limit;
  }
}

const limits = { upper: 10, check: (n) => limits.guard(n), guard };

function guard(n) {
  if (n > limits.upper) throw new TooMuch(`${n} is too much`, limits.upper);
  return n;
}

const shortName = (path) => basename(path);

module.exports = { fib, Point, TooMuch, limits, shortName };
