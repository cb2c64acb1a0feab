import { RuntimeError } from "@concurrent-futures/core";

/**
 * Deno and Bun have the modules of Node by which workers start, and lack what they need of them: an inspector that shows captured
 * variables, descriptors of a child, ports that are read without the event loop. Half of it would work.
 *
 * @param what - what was to be made, for the error
 * @throws RuntimeError in a runtime that is not Node
 */
export function requireNode(what: string): void {
  const { deno, bun } = process.versions as { deno?: string; bun?: string };
  if (deno === undefined && bun === undefined) return;
  const runtime = deno === undefined ? `Bun ${bun}` : `Deno ${deno}`;
  throw new RuntimeError(
    `${what} is not supported in ${runtime}: run the program with Node. What needs no workers works here, such as ThreadPoolExecutor.`,
  );
}
