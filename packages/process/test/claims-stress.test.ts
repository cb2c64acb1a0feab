import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, readSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "@jest/globals";
import { bytesAt, ClaimReader, openClaimFile, recordLength } from "../dist/claim-file.js";
import { makeSlots, PENDING, REVOKED, slotMask } from "../dist/slots.js";

/**
 * Calls are lent to a process and taken back at random places near the one where it is: each is run by the worker, or is the pool's
 * again, or both stand back and the worker says so. None is run that was taken. Both ways of reading before one writes are tried,
 * too, and must fail: else this test would prove nothing.
 */

const stress = process.env.STRESS === "1";
const worker = fileURLToPath(new URL("./fixtures/claims.mjs", import.meta.url));
const largestLoan = 600;

let child: ChildProcess | undefined;
let file = -1;
afterEach(() => {
  child?.kill("SIGKILL");
  if (file >= 0) closeSync(file);
  file = -1;
});

interface Tally {
  ran: number;
  taken: number;
  stoodBack: number;
  /** Run, although the pool had taken it. */
  twice: number;
}

interface Storm {
  readonly calls: number;
  readonly worker?: "reversed";
  /** Takes calls back, instead of the reader. */
  readonly takeBack?: (slots: ReturnType<typeof makeSlots>, base: number, from: number, to: number) => void;
}

/** One loan after the other, each taken back in parts while the worker is at it. Ends early at the first call that ran twice. */
async function storm({ calls, worker: order, takeBack }: Storm): Promise<Tally> {
  file = openClaimFile();
  const slots = makeSlots();
  const reader = new ClaimReader(file, slots);
  child = fork(worker, order === undefined ? [] : [order], {
    stdio: ["ignore", "inherit", "inherit", "ipc", file],
    serialization: "advanced",
    execArgv: [],
  });
  await once(child, "message");
  const tally: Tally = { ran: 0, taken: 0, stoodBack: 0, twice: 0 };
  let base = 0;
  for (let done = 0; done < calls && tally.twice === 0; ) {
    const count = 1 + Math.floor(Math.random() * largestLoan);
    for (let index = 0; index < count; index++) slots.states[(base + index) & slotMask] = PENDING;
    reader.lend(base, count);
    let outcomes: Uint8Array | undefined;
    child.once("message", (message) => {
      outcomes = (message as { outcomes: Uint8Array }).outcomes;
    });
    child.send({ base, count });
    while (outcomes === undefined) {
      reader.refresh({ base, from: 0, to: count }, true);
      let at = 0;
      while (at < count && slots.states[(base + at) & slotMask] !== PENDING) at++;
      // Near where the worker is now, mostly just before it.
      const from = Math.min(count - 1, at + Math.floor(Math.random() * 4));
      const to = Math.min(count, from + 1 + Math.floor(Math.random() * 8));
      if (takeBack === undefined) reader.takeBack({ base, from, to });
      else takeBack(slots, base, from, to);
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (let index = 0; index < count; index++) {
      const taken = slots.states[(base + index) & slotMask] === REVOKED;
      const ran = outcomes[index] === 1;
      if (ran && taken) tally.twice++;
      else if (ran) tally.ran++;
      else if (taken) tally.taken++;
      else {
        tally.stoodBack++;
        expect(reader.wasRefused(base, index)).toBe(true);
      }
    }
    base = (base + count) & slotMask;
    done += count;
  }
  return tally;
}

/** The wrong way: looks first which calls have begun, then says that it wants them. */
function takeBackTooLate(slots: ReturnType<typeof makeSlots>, base: number, from: number, to: number): void {
  const records = new Int32Array(4);
  for (let index = from; index < to; index++) {
    const slot = (base + index) & slotMask;
    readSync(file, records, 0, 16, slot * recordLength);
    for (const end = performance.now() + 0.05; performance.now() < end; );
    writeSync(file, new Uint8Array([1]), 0, 1, bytesAt + slot);
    if (records[0] === 0 && slots.states[slot] === PENDING) slots.states[slot] = REVOKED;
  }
}

describe("calls lent to a process and taken back", () => {
  test(
    "are run once, or are the pool's again, or were skipped and are told of",
    async () => {
      const calls = stress ? 1_000_000 : 20_000;
      const { ran, taken, stoodBack, twice } = await storm({ calls });
      expect(twice).toBe(0);
      expect(ran + taken + stoodBack).toBeGreaterThanOrEqual(calls);
      expect(ran).toBeGreaterThan(0);
      expect(taken).toBeGreaterThan(0);
    },
    stress ? 600_000 : 30_000,
  );

  test("control: would run twice if the worker looked before it wrote", async () => {
    expect((await storm({ calls: 200_000, worker: "reversed" })).twice).toBeGreaterThan(0);
  }, 60_000);

  test("control: would run twice if the pool looked before it wrote", async () => {
    expect((await storm({ calls: 200_000, takeBack: takeBackTooLate })).twice).toBeGreaterThan(0);
  }, 60_000);
});
