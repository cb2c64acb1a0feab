import { unpack } from "@concurrent-futures/callable/load";
import { identify } from "@concurrent-futures/process/workers";
import { setAuthkey } from "../managers/authkey.ts";
import { setStartMethod } from "../start-method.ts";
import type { Program } from "./child.ts";
import { becomeCurrent } from "./current-process.ts";
import { Process } from "./process.ts";
import { bootstrap } from "./self.ts";

/** What Node itself exits with when a program's last promise can never settle. */
const unsettled = 13;

/** In the child: becomes what the program says, and runs it. The child ends when nothing is left to wait for. */
export function runProgram(program: Program, fail: (error: unknown) => void = rethrow): void {
  identify(program);
  setAuthkey(program.authkey);
  if (program.startMethod !== undefined) setStartMethod(program.startMethod, { force: true });
  let over = false;
  process.on("beforeExit", () => {
    if (!over) process.exitCode ??= unsettled;
  });
  run(program).then(
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

async function run(program: Program): Promise<void> {
  const self: unknown = await bootstrap(() => unpack(program.process));
  if (!(self instanceof Process)) throw new TypeError("Expected a Process to run.");
  becomeCurrent(self);
  await self.run();
}

/** Ends the child as any uncaught error does, and gives `uncaughtException` listeners their say. */
function rethrow(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
