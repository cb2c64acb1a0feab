import { slotCount } from "../slots.ts";
import { type CheckedMessage, checkFromWorker, type Results } from "./check-message.ts";

/**
 * Hands on what has arrived together, checked; those before one that is not a message are good.
 *
 * @throws Error for that one
 */
export function handChecked(arrived: readonly unknown[], hand: (message: CheckedMessage) => void): void {
  const messages: CheckedMessage[] = [];
  try {
    for (const raw of arrived) messages.push(checkFromWorker(raw));
  } finally {
    for (const message of joinResults(messages)) hand(message);
  }
}

/**
 * Results that are not numbers leave their worker one by one, since the next call may take long. Of short calls many have
 * arrived when the parent looks: as one message they cost a quarter.
 */
export function joinResults(messages: readonly CheckedMessage[]): readonly CheckedMessage[] {
  if (messages.length < 2) return messages;
  const joined: CheckedMessage[] = [];
  let run: Results[] = [];
  const close = (): void => {
    const [first] = run;
    if (first !== undefined) joined.push(run.length === 1 ? first : asOne(first, run));
    run = [];
  };
  let next = 0;
  for (const message of messages) {
    const last = run.at(-1);
    const follows =
      message.kind === "results" &&
      last !== undefined &&
      !last.end &&
      message.id === last.id &&
      message.from === next &&
      Array.isArray(message.values) &&
      Array.isArray(last.values) &&
      // What is not a batch of any worker stays as it came, to be refused.
      next + message.values.length <= (run[0] as Results).from + slotCount;
    if (!follows) close();
    if (message.kind === "results") {
      run.push(message);
      next = message.from + message.values.length;
    } else joined.push(message);
  }
  close();
  return joined;
}

function asOne(first: Results, run: readonly Results[]): Results {
  const values: unknown[] = [];
  const failures: NonNullable<Results["failures"]>[number][] = [];
  const skipped: number[] = [];
  let microseconds = 0;
  for (const message of run) {
    for (const value of message.values) values.push(value);
    if (message.failures !== undefined) failures.push(...message.failures);
    if (message.skipped !== undefined) skipped.push(...message.skipped);
    microseconds += message.microseconds;
  }
  const last = run.at(-1) as Results;
  return {
    ...first,
    values,
    microseconds,
    failures: failures.length > 0 ? failures : undefined,
    skipped: skipped.length > 0 ? skipped : undefined,
    at: last.at,
    end: last.end,
    written: run.some(({ written }) => written),
    plain: run.every(({ plain }) => plain),
  };
}
