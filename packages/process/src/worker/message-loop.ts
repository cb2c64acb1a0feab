import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { ToWorker } from "../wire.ts";
import { now } from "./builtins.ts";

// As they are when the worker starts: a task may replace them.
const { load, wait } = Atomics;
const { getActiveResourcesInfo } = process;

/** Handles the messages. */
interface Receiver {
  receive(message: ToWorker): void;
  /** Whether all that it has received is done. */
  readonly idle: boolean;
}

/** A message that came within this many milliseconds of the last answer was waited for: the next may come as soon. */
const pollAfter = 0.25;

/**
 * The longest sleep for the next message, in milliseconds. Shorter would be enough, but below the kernel's tick a timer
 * has to be set for each: a round trip takes 18 us with 0.2 ms, 11 with 1 ms, and 10.5 with 4 ms as without a limit.
 */
const longestSleep = 4;

/** The event loop turns at least as often, in milliseconds, plus a sleep and a batch. A turn per 2 ms costs 0.3 %. */
const longestPoll = 2;

/**
 * How a worker thread takes its messages: from the event loop, and, where one call follows the other, asleep in
 * `Atomics.wait`, which saves waking the event loop for each: 5 us of 18 from submit to result.
 *
 * A worker whose tasks have left timers, sockets or ports behind never sleeps like that: its event loop has things to do.
 */
export function runMessageLoop(port: MessagePort, outgoingCount: Int32Array, receiver: Receiver): void {
  let own = Number.POSITIVE_INFINITY;
  let answered = 0;
  let mayPoll = true;

  const poll = (since: number): void => {
    while (now() - since < longestPoll) {
      const seen = load(outgoingCount, 0);
      const next = receiveMessageOnPort(port);
      if (next !== undefined) receiver.receive(next.message as ToWorker);
      else if (!receiver.idle || wait(outgoingCount, 0, seen, longestSleep) === "timed-out") return;
    }
    // Node hands on all the messages that are there before it turns its event loop: not one poll for each of them.
    mayPoll = false;
    setImmediate(() => {
      mayPoll = true;
    });
  };

  // Calls that cannot be read are lost, and so is who waits for them: the worker ends, and its pool knows.
  port.on("messageerror", (error: Error) => {
    throw error;
  });
  port.on("message", (message: ToWorker) => {
    const arrived = now();
    const followed = arrived - answered < pollAfter;
    receiver.receive(message);
    if (followed && mayPoll && getActiveResourcesInfo().length <= own) poll(arrived);
    answered = now();
  });
  // All that is active now is this worker's own.
  own = getActiveResourcesInfo().length;
}
