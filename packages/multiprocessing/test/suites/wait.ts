import { type Connection, EOFError, wait } from "@concurrent-futures/multiprocessing";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { ContextBackend, SuiteWorker } from "../fixtures/backends.ts";

/** CPython's tests of `connection.wait`, by their names, on pipes between processes. */

/** The tests of CPython, by their names, and ours, for one back end. */
export function describeWaits({
  name: kind,
  context: { Pipe },
  startWorkers,
  startProcess,
}: ContextBackend): void {
  let workers: SuiteWorker[];
  beforeAll(async () => {
    workers = await startWorkers(3);
  });

  describe("TestWait", () => {
    test(`[${kind}] a wait for many leaks no listeners`, async () => {
      const warnings: Error[] = [];
      const warned = (warning: Error): void => void warnings.push(warning);
      process.on("warning", warned);
      const pipes = Array.from({ length: 15 }, () => Pipe(false));
      const readers = pipes.map(([reader]) => reader);
      const forever = Array.from({ length: 15 }, () => new Promise(() => {}));
      const waiting = wait([...readers, ...forever]);
      await pipes[7]?.[1].send("item");
      expect(await waiting).toEqual([readers[7]]);
      await new Promise((resolve) => setImmediate(resolve));
      process.off("warning", warned);
      expect(warnings).toEqual([]);
      for (const pipe of pipes) for (const end of pipe) end.close();
    });

    test.each([
      ["test_wait", 0],
      ["test_wait_slow", 20],
    ])(`%s [${kind}]: all messages of many writers are collected`, async (_, pause) => {
      const readers = new Set<Connection>();
      for (const [index, worker] of workers.entries()) {
        const [reader, writer] = Pipe(false);
        readers.add(reader);
        worker.run("sendSlowly", writer, index, 10, pause);
      }
      const messages: string[] = [];
      while (readers.size > 0) {
        for (const reader of await wait(readers)) {
          try {
            messages.push(String(await reader.recv()));
          } catch (error) {
            expect(error).toBeInstanceOf(EOFError);
            readers.delete(reader);
            reader.close();
          }
        }
      }
      const expected = workers.flatMap((_, worker) => Array.from({ length: 10 }, (_, i) => `${worker}:${i}`));
      expect(messages.sort()).toEqual(expected.sort());
    });

    test(`test_wait_timeout [${kind}]: an empty list when the time is up, else what is ready`, async () => {
      const [a, b] = Pipe();
      const start = performance.now();
      expect(await wait([a, b], 80)).toEqual([]);
      expect(performance.now() - start).toBeGreaterThanOrEqual(79);
      await b.send(null);
      expect(await wait([a, b], 5000)).toEqual([a]);
    });

    test(`test_wait_integer [${kind}]: connections and the sentinel of a process in one wait`, async () => {
      await using dying = await startProcess();
      const { sentinel } = dying.process;
      const [a, b] = Pipe();
      expect(await wait([a, sentinel], 20)).toEqual([]);
      await b.send("x");
      expect(await wait([a, sentinel], 5000)).toEqual([a]);
      const both = wait([b, sentinel], 10_000);
      dying.process.kill();
      expect(await both).toEqual([sentinel]);
      expect(await wait([a, b, sentinel], 0)).toEqual([a, sentinel]);
    });

    test(`test_neg_timeout [${kind}]: a negative timeout is as zero`, async () => {
      const [a] = Pipe();
      expect(await wait([a], -1)).toEqual([]);
    });
  });
}
