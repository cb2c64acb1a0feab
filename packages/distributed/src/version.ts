import { createRequire } from "node:module";

/** The version of this package, as workers tell it. */
export const version: string = (
  createRequire(import.meta.url)("@concurrent-futures/distributed/package.json") as {
    readonly version: string;
  }
).version;
