import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { packError } from "@concurrent-futures/callable/load";
import { ClaimWriter } from "../claim-file.ts";
import { FrameReader, frame, writeSome } from "../frames.ts";
import { identify, type Parent, parentOf } from "../identity.ts";
import { makeSlots } from "../slots.ts";
import type { FromWorker, ToWorker } from "../wire.ts";
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

function start(workerId: number, parent: Parent): void {
  const name = `PoolWorker-${workerId}`;
  identify({ name, parent, startMethod: "spawn" });
  const slots = makeSlots();
  const claims = new ClaimWriter(claimFile, slots);
  const reader = new FrameReader();
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
    send: (message) => writeAll(frame(message)),
    claim: (batchId, base, index) => claims.write(batchId, base, index),
  });
  const take = (piece: Uint8Array): void => {
    const messages = reader.push(piece) as ToWorker[];
    for (let at = 0; at < messages.length; at++) receiver.receive(messages[at] as ToWorker);
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
start(Number(workerId), parentOf(parent));
