import { afterEach, describe, test } from "@jest/globals";
import fc from "fast-check";
import { mutated } from "./support/network-wire.ts";
import { workerMessage } from "./support/packed-wire.ts";
import { Receiver } from "./support/receiver.ts";

/** Whatever a worker says to its program. */

const factor = process.env["STRESS"] ? 50 : 1;

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

describe("whatever a worker says, its call settles, the next one is run, and nothing else happens", () => {
  test.each([
    ["spawn", 40],
    ["thread", 200],
  ] as const)("a worker by %s", async (mpContext, runs) => {
    const program = await Receiver.start("pool", { mpContext });
    cleanup.push(() => program.end());
    const said = fc.oneof(
      { weight: 4, arbitrary: workerMessage },
      { weight: 1, arbitrary: mutated(workerMessage) },
    );
    await fc.assert(
      fc.asyncProperty(said, (bytes) => program.carryOut(bytes)),
      { numRuns: runs * factor, endOnFailure: true },
    );
    await program.expectUnharmed();
  });
});
