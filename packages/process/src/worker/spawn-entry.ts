import { readSync } from "node:fs";
import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { packError, withSource } from "@concurrent-futures/callable/load";
import { ClaimWriter } from "../claim-file.ts";
import { FrameReader, frame, writeSome } from "../frames.ts";
import { identify, type Parent, parentOf } from "../identity.ts";
import { FileResultWriter } from "../results/result-writer.ts";
import { makeSlots } from "../slots.ts";
import type { FromWorker, ToWorker } from "../wire.ts";
import { now } from "./builtins.ts";
import { Receiver } from "./receiver.ts";

/** Descriptors that the host has laid out. */
const line = 3;
const claimFile = 4;

/**
 * Ends this process when its parent is gone, even while a task computes and never lets its event loop turn: a thread of
 * its own looks after the parent three times a second.
 */
const watchdog = `
  const { workerData } = require("node:worker_threads");
  setInterval(() => {
    if (process.ppid !== workerData) process.kill(process.pid, "SIGKILL");
  }, 300);
`;

// As they are when the worker starts: a task may replace them.
const { apply } = Reflect;
const { wait } = Atomics;
const { subarray } = Uint8Array.prototype;
const { emit } = Socket.prototype;

const sleepWord: Int32Array = new Int32Array(new SharedArrayBuffer(4));

/** Writes all of it, now: what is sent before a crash arrives. */
function writeAll(bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      rest = apply(subarray, rest, [writeSome(line, rest)]) as Uint8Array;
    } catch (error) {
      // The pipe is full until the parent reads; a broken one means that there is no parent.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") process.exit(1);
      wait(sleepWord, 0, 0, 1);
    }
  }
}

/** What has come, read without the event loop; undefined when nothing has. */
function readSome(): Uint8Array | undefined {
  const buffer = Buffer.allocUnsafe(65_536);
  try {
    const count = readSync(line, buffer);
    // The end: there is no parent any more.
    if (count === 0) process.exit(0);
    return apply(subarray, buffer, [0, count]) as Uint8Array;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") process.exit(0);
    return undefined;
  }
}

function start(workerId: number, parent: Parent): void {
  const name = `PoolWorker-${workerId}`;
  identify({ name, parent, startMethod: "spawn" });
  const slots = makeSlots();
  const claims = new ClaimWriter(claimFile, slots);
  const reader = new FrameReader();
  // Messages that have been read and not been dealt with; the first of them is at `head`.
  const arrived: ToWorker[] = [];
  let head = 0;
  const read = (piece: Uint8Array): void => {
    const messages = reader.push(piece) as ToWorker[];
    for (let at = 0; at < messages.length; at++) arrived[arrived.length] = messages[at] as ToWorker;
  };
  const next = (): ToWorker | undefined => {
    const message = arrived[head];
    if (message !== undefined && ++head === arrived.length) {
      arrived.length = 0;
      head = 0;
    }
    return message;
  };
  const socket = new Socket({ fd: line, readable: true, writable: false });
  // Ctrl-C reaches the whole group of processes; when to leave is the parent's decision, and this one goes with it.
  process.on("SIGINT", () => {});
  process.on("uncaughtException", (error) => {
    if (process.listenerCount("uncaughtException") > 1) return;
    writeAll(frame({ kind: "dying", error: packError(error) } satisfies FromWorker));
    process.exit(1);
  });
  new Worker(watchdog, { eval: true, workerData: parent.pid, stdin: false }).unref();
  const receiver = new Receiver({
    workerId,
    slots,
    sharesMemory: false,
    results: new FileResultWriter(claims, slots),
    send: (message) => writeAll(frame(message)),
    receiveSync(milliseconds: number): ToWorker | undefined {
      const end = now() + milliseconds;
      for (let message = next(); ; message = next()) {
        if (message !== undefined) return message;
        const piece = readSome();
        if (piece !== undefined) read(piece);
        else if (now() >= end) return undefined;
        else wait(sleepWord, 0, 0, 1);
      }
    },
    claim: (base, index) => claims.claim(base, index),
    note: (base, index) => claims.note(base, index),
  });
  const take = (piece: Uint8Array): void => {
    read(piece);
    for (let message = next(); message !== undefined; message = next()) receiver.receive(message);
  };
  socket.on("data", take);
  // Node calls listeners by methods that a task may replace.
  socket.emit = (event: string, ...args: unknown[]): boolean => {
    if (event !== "data") return apply(emit, socket, [event, ...args]) as boolean;
    take(args[0] as Uint8Array);
    return true;
  };
  socket.on("close", () => process.exit(0));
  socket.on("error", () => process.exit(0));
}

const [, , workerId, ...parent] = process.argv;
withSource(() => start(Number(workerId), parentOf(parent)));
