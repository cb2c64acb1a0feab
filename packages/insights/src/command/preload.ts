import { isMainThread } from "node:worker_threads";

/**
 * Loaded before a script by `concurrent-futures run`, by Node's `--import`; it is not an entry of this package. Threads of the script
 * load it as well, and do nothing.
 */
const variable = "CONCURRENT_FUTURES_RUN";
const options = process.env[variable];
if (isMainThread && options !== undefined) {
  // Processes that the script starts are not to be watched.
  delete process.env[variable];
  const at = process.execArgv.findIndex(
    (one, index) => one === "--import" && process.execArgv[index + 1] === import.meta.url,
  );
  if (at >= 0) process.execArgv.splice(at, 2);
  const { watchProgram } = await import("./watch-program.js");
  watchProgram(JSON.parse(options));
}
