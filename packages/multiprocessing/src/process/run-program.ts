import { load, unpack } from "@concurrent-futures/callable/load";
import type { Program } from "./child.ts";
import { become, type Self } from "./self.ts";

/** What Node itself exits with when a program's last promise can never settle. */
const unsettled = 13;

/** In the child: runs the program. The child ends when nothing is left to wait for. */
export function runProgram(
  { self, work }: Program,
  fail: (error: unknown) => void = rethrow,
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

async function run(self: Self, work: Program["work"], parentGone: Promise<void> | undefined): Promise<void> {
  const own = become(self);
  if (parentGone !== undefined) own.parentGone = parentGone;
  own.loading = true;
  if (work.kind === "target") {
    const [target, args] = await Promise.all([work.target && load(work.target), unpack(work.args)]);
    own.loading = false;
    await target?.(...(args as never[]));
  } else {
    const instance = (await unpack(work.instance)) as { run(): unknown };
    own.instance = instance;
    own.loading = false;
    await instance.run();
  }
}

/** Ends the child as any uncaught error does, and gives `uncaughtException` listeners their say. */
function rethrow(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
