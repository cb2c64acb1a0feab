import { StringDecoder } from "node:string_decoder";
import type { Transport } from "./transport.ts";

/**
 * What this worker prints goes to the pool from now on, by the line on which results go: so it is there before the result of the call
 * that printed it, and it is known which call that was.
 */
export function captureOutput(transport: Transport, taskName: () => string | undefined): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8");
    process[stream].write = (
      chunk: string | Uint8Array,
      encoding?: BufferEncoding | ((error?: Error | null) => void),
      callback?: (error?: Error | null) => void,
    ): boolean => {
      const text =
        typeof chunk !== "string"
          ? decoder.write(Buffer.from(chunk))
          : typeof encoding === "string" && !/^utf-?8$/i.test(encoding)
            ? Buffer.from(chunk, encoding).toString()
            : chunk;
      if (text !== "") transport.send({ kind: "output", stream, text, task: taskName() }, []);
      const written = typeof encoding === "function" ? encoding : callback;
      if (written !== undefined) process.nextTick(written);
      return true;
    };
  }
}
