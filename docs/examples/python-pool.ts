import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The same program in Python; it prints one JSON object with its times in seconds. */
const program = `
import json, time
from multiprocessing import Pool

def square(n):
    return n * n

def multiply(a, b):
    return a * b

def timed(name, work):
    start = time.perf_counter()
    work()
    times[name] = time.perf_counter() - start

times = {}
if __name__ == "__main__":
    with Pool(6) as pool:
        timed("applyAsync", lambda: [r.get() for r in [pool.apply_async(square, (n,)) for n in range(5000)]])
        timed("mapAsync", lambda: pool.map_async(square, range(5000)).get())
        timed("imap", lambda: list(pool.imap(square, range(5000))))
        timed("starmap", lambda: pool.starmap(multiply, [(n, n) for n in range(5000)]))
    print(json.dumps(times))
`;

/** Python's times for the same work, in seconds; `undefined` where there is no python3. */
export async function pythonTimes(): Promise<Record<string, number> | undefined> {
  try {
    const { stdout } = await promisify(execFile)("python3", ["-c", program], { timeout: 30_000 });
    return JSON.parse(stdout) as Record<string, number>;
  } catch {
    return undefined;
  }
}
