import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

/**
 * Errors of undici, axios, pg, zod and Node's own: thrown by a task, returned by it, and sent to a worker and back. Of each, its classes, name,
 * message, code, own properties, and whether those are enumerable, are as in the error that the parent makes itself, but for these.
 */
const exceptions: Readonly<Record<string, string>> = {
  // Functions in the configuration, and what a stream is made of, are told in words where the error is thrown …
  "axios: AxiosError of a refused connection | thrown | config": "\\[not sent: the function ",
  "axios: AxiosError of a refused connection | thrown | request": "\\[not sent: ",
  "axios: CanceledError | thrown | config": "\\[not sent: the function ",
  // … and refused, with the way there, where it is a value.
  "axios: AxiosError of a refused connection | returned | refused": "^Cannot send the result \\.config\\.",
  "axios: AxiosError of a refused connection | there and back | refused":
    "^Cannot send argument 1 \\.config\\.",
  "axios: CanceledError | returned | refused": "^Cannot send the result \\.config\\.",
  "axios: CanceledError | there and back | refused": "^Cannot send argument 1 \\.config\\.",
  // What zod hides in an error for its own use, and the methods that each of its errors has of its own.
  "zod: ZodError of parse | thrown | _zod": "",
  "zod: ZodError of parse | returned | _zod": "",
  "zod: ZodError of parse | there and back | _zod": "",
  "zod: ZodError of parseAsync | thrown | _zod": "",
  "zod: ZodError of parseAsync | returned | _zod": "",
  "zod: ZodError of parseAsync | there and back | _zod": "",
};

/** Symbols that mean something in one thread only, and the method of a class that Node exports nowhere, which looks for one. */
const ofOneThread =
  /Symbol\(causeStack\)|^Node: SystemError .*(?:Symbol\(kIsNodeError\)|answers)$|^zod: .*(?:flatten|addIssue)$/;

test("errors of packages and of Node keep their class, their properties and what is asked of them", async () => {
  const program = fileURLToPath(new URL("./fixtures/package-errors/main.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 60_000 });
  const found = JSON.parse(stdout) as Record<string, string>;
  const met = new Set<string>();
  const unexpected = Object.entries(found).filter(([key, text]) => {
    const name = key.replace(/ \| (?:thread|spawn)$/, "");
    if (ofOneThread.test(name)) return false;
    met.add(name);
    return exceptions[name] === undefined || !new RegExp(exceptions[name]).test(text);
  });
  expect(unexpected).toEqual([]);
  expect([...met].sort()).toEqual(Object.keys(exceptions).sort());
}, 70_000);
