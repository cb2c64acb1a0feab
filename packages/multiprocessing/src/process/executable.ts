import { ArgumentTypeError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";

let chosen: string | undefined;

/**
 * Sets the program that `Process` starts in the spawn context (Python: `set_executable`): another build of Node.
 *
 * @param path - the program's path. @default process.execPath
 */
export function setExecutable(path: string): void {
  if (typeof path !== "string" || path === "") {
    throw new ArgumentTypeError(`Expected \`path\` to be the path of a program, got ${describeValue(path)}.`);
  }
  chosen = path;
}

/** The program that is started. */
export function executable(): string {
  return chosen ?? process.execPath;
}
