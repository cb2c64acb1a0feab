import type { Readable } from "node:stream";

/**
 * The first whole line of what a program writes that fits. A piece that a pipe gives is no line: it may end anywhere, and hold
 * what came before.
 */
export function lineOf(stream: Readable | null, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (piece: Buffer): void => {
      said += String(piece);
      for (const line of said.slice(0, said.lastIndexOf("\n") + 1).split("\n")) {
        const found = pattern.exec(line);
        if (found === null) continue;
        stream?.off("data", hear);
        resolve(found);
        return;
      }
    };
    stream?.on("data", hear);
    stream?.once("close", () => reject(new Error(`no line fits ${pattern}: ${JSON.stringify(said)}`)));
  });
}
