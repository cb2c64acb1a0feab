import { ValueError } from "@concurrent-futures/core";
import {
  BrokenPipeError,
  BufferTooShort,
  type Connection,
  EOFError,
  OSError,
  Pipe,
  wait,
} from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startWorkers, stopWorkers, TestWorker } from "./fixtures/test-workers.ts";

/** CPython's tests of connections, by their names, on pipes between threads. */

let workers: TestWorker[];
beforeAll(async () => {
  workers = await startWorkers(4);
});
afterAll(() => stopWorkers(workers));

const bytes = (...numbers: number[]) => new Uint8Array(numbers);
const text = (value: Uint8Array) => Buffer.from(value).toString();

describe("_TestConnection", () => {
  test("test_connection: objects and bytes go to an echo and back", async () => {
    const [connection, there] = Pipe();
    const echo = workers[0]!.run("echo", there);
    const sequence = [1, 2.25, null];
    await connection.send(sequence);
    expect(await connection.recv()).toEqual(sequence);
    expect(connection.readable && connection.writable && !connection.closed).toBe(true);

    const message = Buffer.from("hello world");
    await connection.sendBytes(message);
    expect(text(await connection.recvBytes())).toBe("hello world");

    const room = new Int32Array(10);
    const expected = new Int32Array([0, 1, 2, 3]);
    await connection.sendBytes(expected);
    expect(await connection.recvBytesInto(room)).toBe(16);
    expect([...room].slice(0, 4)).toEqual([0, 1, 2, 3]);
    await connection.sendBytes(expected);
    expect(await connection.recvBytesInto(room, 12)).toBe(16);
    expect([...room].slice(3, 7)).toEqual([0, 1, 2, 3]);
    await connection.sendBytes(Buffer.from("x".repeat(100)));
    const tooShort = await connection.recvBytesInto(room).catch((error: unknown) => error);
    expect(tooShort).toBeInstanceOf(BufferTooShort);
    expect((tooShort as BufferTooShort).data.length).toBe(100);

    expect(await connection.poll()).toBe(false);
    expect(await connection.poll(-1)).toBe(false);
    const start = performance.now();
    expect(await connection.poll(80)).toBe(false);
    expect(performance.now() - start).toBeGreaterThanOrEqual(79);
    await connection.send("late");
    expect(await connection.poll(5000)).toBe(true);
    expect(connection.recvSync()).toBe("late");

    const big = Buffer.alloc(16 * 2 ** 20, "X");
    await connection.sendBytes(big);
    expect(big.equals(await connection.recvBytes())).toBe(true);

    await connection.send("stop");
    await echo;
    await expect(connection.recv()).rejects.toThrow(EOFError);
    expect(await connection.poll()).toBe(true);
    connection.close();
  });

  test("test_duplex_false: a one-way pipe refuses the wrong direction", async () => {
    const [reader, writer] = Pipe(false);
    await writer.send(1);
    expect(await reader.recv()).toBe(1);
    expect([reader.readable, reader.writable, writer.readable, writer.writable]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    await expect(reader.send(2)).rejects.toThrow(OSError);
    await expect(writer.recv()).rejects.toThrow(OSError);
    await expect(writer.poll()).rejects.toThrow(OSError);
  });

  test("test_spawn_close: the parent may close its end right after handing it over", async () => {
    const [connection, there] = Pipe();
    const echo = workers[0]!.run("echo", there);
    there.close();
    await connection.sendBytes(Buffer.from("hello"));
    expect(text(await connection.recvBytes())).toBe("hello");
    await connection.send("stop");
    await echo;
    connection.close();
  });

  test("test_sendbytes: offset and size choose a part; wrong ones are ValueErrors", async () => {
    const [reader, writer] = Pipe(false);
    const letters = Buffer.from("abcdefghijklmnopqrstuvwxyz");
    const roundTrip = async (offset?: number, size?: number): Promise<string> => {
      await writer.sendBytes(letters, offset, size);
      return text(await reader.recvBytes());
    };
    expect(await roundTrip()).toBe(letters.toString());
    expect(await roundTrip(5)).toBe("fghijklmnopqrstuvwxyz");
    expect(await roundTrip(7, 8)).toBe("hijklmno");
    expect(await roundTrip(26)).toBe("");
    expect(await roundTrip(26, 0)).toBe("");
    for (const [offset, size] of [[27], [22, 5], [26, 1], [-1], [4, -1]] as const) {
      await expect(writer.sendBytes(letters, offset, size)).rejects.toThrow(ValueError);
    }
  });

  test("a message longer than allowed closes the end for reading", async () => {
    const [first, second] = Pipe();
    await first.sendBytes(bytes(1, 2, 3));
    await expect(second.recvBytes(2)).rejects.toThrow("bad message length");
    expect(second.readable).toBe(false);
    await second.send("still");
    expect(await first.recv()).toBe("still");
    const [reader, writer] = Pipe(false);
    await writer.sendBytes(bytes(1, 2, 3));
    await expect(reader.recvBytes(2)).rejects.toThrow(OSError);
    expect(reader.closed).toBe(true);
  });

  test("test_context: leaving the block closes; later use is an OSError", async () => {
    const [first, second] = Pipe();
    {
      using a = first;
      using b = second;
      await a.send(1729);
      expect(await b.recv()).toBe(1729);
    }
    expect(first.closed && second.closed).toBe(true);
    await expect(first.recv()).rejects.toThrow(OSError);
    await expect(second.send(1)).rejects.toThrow("closed");
  });

  test("sending to a closed end is a BrokenPipeError; what was sent before can still be received", async () => {
    const [first, second] = Pipe();
    await first.send(1);
    first.close();
    expect(await second.recv()).toBe(1);
    await expect(second.recv()).rejects.toThrow(EOFError);
    await expect(second.send(2)).rejects.toThrow(BrokenPipeError);
  });

  test("when the worker at the other end is killed, who waits sees the end of file", async () => {
    const worker = new TestWorker();
    const [here, there] = Pipe();
    const echo = worker.run("echo", there);
    await here.send("hello");
    expect(await here.recv()).toBe("hello");
    const next = here.recv();
    await worker.kill();
    await expect(next).rejects.toThrow(EOFError);
    expect(() => here.recvSync()).toThrow(EOFError);
    await expect(echo).rejects.toThrow();
  });
});

describe("_TestPoll", () => {
  test("test_empty_string: an empty message makes poll true until it is read", async () => {
    const [a, b] = Pipe();
    expect(await a.poll()).toBe(false);
    await b.sendBytes(bytes());
    expect(await a.poll()).toBe(true);
    expect(await a.poll()).toBe(true);
    expect((await a.recvBytes()).length).toBe(0);
    expect(await a.poll()).toBe(false);
  });

  test("test_strings: odd strings survive", async () => {
    const strings = ["hello", "", "a", "b", "", "bye", "", "lop"];
    const [a, b] = Pipe();
    const sending = workers[0]!.run("sendStrings", b, strings);
    for (const expected of strings) {
      expect(await a.poll(5000)).toBe(true);
      expect(text(await a.recvBytes())).toBe(expected);
    }
    await sending;
  });

  test("test_boundaries: messages stay apart", async () => {
    const [a, b] = Pipe();
    expect(await a.poll(0)).toBe(false);
    await workers[0]!.run("sendStrings", b, ["a", "b", "cd"]);
    for (const expected of ["a", "b", "cd"]) {
      expect(await a.poll(10)).toBe(true);
      expect(await a.poll()).toBe(true);
      expect(text(await a.recvBytes())).toBe(expected);
    }
    expect(await a.poll()).toBe(true);
    await expect(a.recvBytes()).rejects.toThrow(EOFError);
  });

  test("test_dont_merge: messages that lie side by side are not merged", async () => {
    const [a, b] = Pipe();
    expect(await a.poll(0)).toBe(false);
    await b.sendBytes(Buffer.from("a"));
    await b.sendBytes(Buffer.from("b"));
    expect(await a.poll()).toBe(true);
    expect(text(await a.recvBytes())).toBe("a");
    expect(await a.poll(10)).toBe(true);
    expect(text(await a.recvBytes())).toBe("b");
    expect(await a.poll(0)).toBe(false);
  });
});

describe("_TestPicklingConnections", () => {
  test("test_pickling: an end goes on to another worker, through the first", async () => {
    const [here, there] = Pipe();
    const [mine, relay] = Pipe();
    const passing = workers[0]!.run("give", there);
    const end = (await passing) as Connection;
    const echo = workers[1]!.run("echo", end);
    await here.send("x");
    expect(await here.recv()).toBe("x");
    await here.send("stop");
    await echo;
    mine.close();
    relay.close();
  });
});

describe("TestWait", () => {
  test.each([
    ["test_wait", 0],
    ["test_wait_slow", 20],
  ])("%s: all messages of many writers are collected", async (_, pause) => {
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

  test("test_wait_timeout: an empty list when the time is up, else what is ready", async () => {
    const [a, b] = Pipe();
    const start = performance.now();
    expect(await wait([a, b], 80)).toEqual([]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(79);
    await b.send(null);
    expect((await wait([a, b], 5000))[0]).toBe(a);
  });

  test("test_wait_integer: connections and promises in one wait", async () => {
    const [a, b] = Pipe();
    const ended = workers[0]!.run("call", b, "poll", 50);
    expect(await wait([a, ended], 5000)).toEqual([ended]);
    expect(await ended).toBe(false);
  });

  test("test_neg_timeout: a negative timeout is as zero", async () => {
    const [a] = Pipe();
    const start = performance.now();
    expect(await wait([a], -1)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(100);
  });
});
