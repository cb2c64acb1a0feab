import { appendFileSync } from "node:fs";
import { run } from "./checks.js";

/** Runs all checks, and says of each what came out, in a line of the file that the environment names. */
export function runAndReport() {
  return run((context, name, result) => {
    const text = result === true ? true : String(result);
    appendFileSync(process.env.TOOLCHAIN_RESULTS, `${JSON.stringify([context, name, text])}\n`);
  });
}
