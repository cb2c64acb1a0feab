import { load, revive, unpack } from "@concurrent-futures/callable/load";
import type { Program } from "./child.ts";
import { type ChildInfo, setChildInfo } from "./child-info.ts";

/** What Node itself exits with when a program's last promise can never settle. */
const unsettled = 13;

/** In the child: runs the program. The child ends when nothing is left to wait for. */
export function runProgram(
  { self, work }: Program,
  fail: (error: unknown) => void,
  parentGone?: Promise<void>,
): void {
  let over = false;
  process.on("beforeExit", () => {
    if (!over) process.exitCode ??= unsettled;
  });
  run(self, work, parentGone).then(
    () => {
      over = true;
      // Set while work was in sight that has since been done.
      if (process.exitCode === unsettled) process.exitCode = undefined;
    },
    (error: unknown) => {
      over = true;
      fail(error);
    },
  );
}

/** An instance of a subclass, which makes itself again; this file loads no `Process` for the others. */
interface SentInstance {
  readonly Class: { [revive](sent: unknown): { run(): unknown } };
  readonly sent: unknown;
}

async function run(
  self: ChildInfo,
  work: Program["work"],
  parentGone: Promise<void> | undefined,
): Promise<void> {
  const own = setChildInfo(self);
  if (parentGone !== undefined) own.parentGone = parentGone;
  if (work.kind === "target") {
    const target = work.target && (await load(work.target));
    const args = await Promise.all(work.args.map((value) => unpack(value)));
    await target?.(...(args as never[]));
  } else {
    const { Class, sent } = (await unpack(work.instance)) as SentInstance;
    const instance = Class[revive](sent);
    own.instance = instance;
    await instance.run();
  }
}

/** What stands above an error that ends the child. */
export function errorHeading({ self }: Program): string {
  return `Process ${self.name}:\n`;
}

/** Whether an uncaught error ends this child: nobody else has said that he takes care of them. */
export function endsUncaught(): boolean {
  const other = process as { hasUncaughtExceptionCaptureCallback(): boolean };
  return process.listenerCount("uncaughtException") === 0 && !other.hasUncaughtExceptionCaptureCallback();
}

/** Makes an error uncaught: it ends the child, or `uncaughtException` listeners have their say. */
export function rethrow(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
