import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Contestant } from "../harness/case.ts";
import { contestant } from "../harness/contestants.ts";
import { latency } from "../harness/latency.ts";

/** Eight bytes there and back through the pipes of a child process, whose event loop each of them wakes. */
export function barePipe(count: number): Contestant {
  return contestant(
    "bare pipe",
    "bare",
    "child_process.spawn(), 8 bytes through stdin and stdout",
    async () => {
      const script = fileURLToPath(new URL("../../workers/pipe-echo.mjs", import.meta.url));
      const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
      const bytes = Buffer.alloc(8);
      return {
        measure: () =>
          latency(count, async () => {
            child.stdin.write(bytes);
            await once(child.stdout, "data");
          }),
        async close() {
          child.stdin.end();
          await once(child, "exit");
        },
      };
    },
  );
}
