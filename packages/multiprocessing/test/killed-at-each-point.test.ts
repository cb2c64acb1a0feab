import { beforeAll, describe, expect, test } from "@jest/globals";
import { type Place, placeOf, survive } from "./support/dying.ts";

/**
 * A process that is killed at each point of the life of what processes share, by name: those who go on neither hang nor see half of
 * anything. `killed-anywhere-stress.test.ts` does so at each statement.
 */
const built = (...path: readonly string[]): Place => placeOf("modules", ...path);
const state = "var SemaphoreState = class";
const lists = "var WaitLists = class";
const [claim, claimed] = ["value2, taken) === value2", "return true"];
const wake = [state, "#wakeFirst(lists, more", "if (wake)"] as const;
const release = [state, "#giveBack(max, n)"] as const;
const inLine = [lists, "add(list)", "slots.setState(slot, waiting)"] as const;
const asleep = ["var ProcessBackend = class", "wait(words, index", ".sleep("] as const;
const woken = [state, "#recheck(lists", "const taken ="] as const;
const takenInLine = [state, "#recheck(lists", "const isLost"] as const;
const ring = "var Ring = class";
const channel = "  #push(lists, record2, onPut) {";

const points: Readonly<Record<string, Readonly<Record<string, Place>>>> = {
  "Lock, blocked": {
    "in line, before it is seen to wait": built(...inLine),
    "in line, asleep": { ...built(...asleep), isWaiting: true },
    "woken, before it takes": built(...woken),
    "taken, before it leaves the line": built(...takenInLine),
    "while it is held": built("var SharedLock = class", "releaseSync() {", "this.#state.release"),
    "in release, before the lock is free": built(...release, "value2, released"),
    "in release, when the lock is free": built(...release, "value2, released", "return true"),
  },
  Lock: {
    "before it claims": built(state, "tryAcquire()", "this.#takeFrom"),
    "claimed: the claim and its owner are one store": built(state, "#takeFrom(value2)", claim, claimed),
    "in release, before the first in line is woken": built(...wake, "lists.setState"),
    "in release, when the first in line is woken": built("withGate(act)", "Atomics.exchange(words, gate"),
    "awaiting its turn": built("var ProcessBackend = class", "waitAsync(words", "bell.wait"),
  },
  Semaphore: {
    "counted, before it claims": built(state, "#takeFrom(value2)", claim),
    claimed: built(state, "#takeFrom(value2)", claim, claimed),
    "released, before it is counted": built(state, "release(max, n", "this.#counts.add(-n)"),
    "in release, before the first in line is woken": built(...wake, "lists.setState"),
  },
  Condition: {
    "in line, before the lock is released": built("var SharedCondition = class", "#begin(what)", "resume:"),
    "notified, before it has the lock again": built(
      "var SharedCondition = class",
      "async wait(",
      "await resume.run",
    ),
    "notifying, the other off the line and not told": built(
      lists,
      "complete(slot",
      "this.setState(slot, done)",
    ),
    "notifying, the other told and not woken": built(lists, "setState(slot, value2)", "this.#backend.notify"),
  },
  Event: {
    "set, before anybody is told": built("var SharedEvent = class", "setSync() {", "lists.completeAll"),
    "waiting, before it sleeps": built(...inLine),
  },
  Barrier: {
    arrived: built(...inLine),
    "through, while others are let go": built(lists, "completeAll(list", "this.complete(slot"),
    "all let go, before it is open again": built("var SharedBarrier = class", "#open() {", "] = open"),
  },
  Queue: {
    "put: before the item is written": built(ring, "push({ kind", "this.#heads[tail >> 2]"),
    "put: written, not counted": built(ring, "push({ kind", "Atomics.add"),
    "put: counted, nobody woken": built(channel, "this.#wakeFirst"),
    "put: the ring has grown, and its size is not": built(
      ring,
      "reserve(bytes)",
      "words[at + capacity] = next2",
    ),
    "put: in line for room": built(...inLine),
    "get: taken, still counted": built(ring, "shift() {", "Atomics.sub"),
    "get: taken, nobody told of the room": built("#shift(lists) {", "this.#wakeFirst"),
  },
  JoinableQueue: {
    "put: counted as work, not put": built(channel, "this.ring.push"),
    "taskDone: the last is done, nobody told": built("var SharedJoinableQueue = class", "lists.completeAll"),
  },
  Pipe: {
    "sent, nobody woken": built(channel, "this.#wakeFirst"),
    "closed, the other end not told": built("var PipeConnection = class", "close() {", "this.#in?.wakeAll()"),
  },
  arena: {
    "before the gate": placeOf("gate", "inside(act)", "this.#enter"),
    "a block has its record, and no place yet": placeOf("blocks", "#fresh(size", "words[nextUnit] ="),
    "a block is taken, and nobody holds it": placeOf("blocks", "hold(block, member)", "const words"),
    "a hold is written, and in no list": placeOf(
      "blocks",
      "this.#setHold(hold, holdBlock, block)",
      "this.#link",
    ),
    "a hold is in half of a list": placeOf(
      "blocks",
      "this.#setHold(first, holdPrevious",
      "this.#words[head] =",
    ),
    "let go, and the block still counts it": placeOf("blocks", "release({", "const left"),
    "the last has let go, and the block is not free": placeOf("blocks", "#free(record)", "const size"),
    "free, and in no list": placeOf("blocks", "#free(record)", "this.#offer"),
  },
};

function deferred(): { readonly promise: Promise<unknown>; resolve(value: unknown): void } {
  let resolve!: (value: unknown) => void;
  const promise = new Promise<unknown>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/**
 * All of them begin before the first is looked at, a few at a time: each takes a process, most of whose time is its start. Of the
 * arena's only one at a time, since they look what is left in it.
 */
const outcomes = new Map<Place, Promise<unknown>>();
beforeAll(() => {
  const all = Object.entries(points).flatMap(([name, places]) =>
    Object.values(places).map((place) => ({ name, place, outcome: deferred() })),
  );
  for (const { place, outcome } of all) outcomes.set(place, outcome.promise);
  const work = async (mine: typeof all): Promise<void> => {
    for (let next = mine.shift(); next !== undefined; next = mine.shift())
      next.outcome.resolve(await survive(next.name, next.place).catch((error: unknown) => error));
  };
  const others = all.filter(({ name }) => name !== "arena");
  void work(all.filter(({ name }) => name === "arena"));
  for (let n = 0; n < 3; n++) void work(others);
});

describe.each(Object.entries(points))("%s: a process killed", (_name, places) => {
  test.each(Object.entries(places))(
    "%s",
    async (_point, place) => {
      // It must come there: a point that is never reached proves nothing.
      expect(await outcomes.get(place)).toBe(true);
    },
    120_000,
  );
});
