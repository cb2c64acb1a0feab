import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Row } from "./rows.ts";

/**
 * Runs an order in a process of its own and gives what it answers.
 *
 * @throws Error when the process ends without an answer or takes longer than `limit` milliseconds.
 */
export function forkCase<Answer = Row>(script: string, order: object, limit: number): Promise<Answer> {
  const file = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child = fork(file, { serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`has not ended after ${Math.round(limit / 1000)} s`));
    }, limit);
    child.on("message", (answer) => resolve(answer as Answer));
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`ended without an answer, ${signal ?? `exit code ${code}`}`));
    });
    child.send(order);
  });
}
