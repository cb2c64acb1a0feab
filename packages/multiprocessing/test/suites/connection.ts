import { ValueError } from "@concurrent-futures/core";
import {
  BrokenPipeError,
  BufferTooShort,
  type Connection,
  EOFError,
  OSError,
} from "@concurrent-futures/multiprocessing";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { ContextBackend, SuiteWorker } from "../fixtures/backends.ts";

/** CPython's tests of connections, by their names, on pipes between processes. Managers have none, as in Python. */

const bytes = (...numbers: number[]) => new Uint8Array(numbers);
const text = (value: Uint8Array) => Buffer.from(value).toString();

/** The tests of CPython, by their names, and ours, for one back end. */
export function describeConnections({
  name: kind,
  context: { Pipe },
  startWorkers,
  startWorker,
}: ContextBackend): void {
  let workers: SuiteWorker[];
  beforeAll(async () => {
    workers = await startWorkers(3);
  });

  describe("_TestConnection", () => {
    test(`test_connection [${kind}]: objects and bytes go to an echo and back`, async () => {
      const [connection, there] = Pipe();
      const echo = workers[0]!.run("echo", there);
      const sequence = [1, 2.25, null];
      await connection.send(sequence);
      expect(await connection.recv()).toEqual(sequence);
      expect(connection.readable && connection.writable && !connection.closed).toBe(true);

      await connection.sendBytes(Buffer.from("hello world"));
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
      expect(connection.pollSync(20)).toBe(false);
      expect(performance.now() - start).toBeGreaterThanOrEqual(99);
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

    test(`test_connection [${kind}]: the blocking methods do the same`, async () => {
      const [connection, there] = Pipe() as [Connection & { sendSync(value: unknown): void }, Connection];
      const echo = workers[0]!.run("echoSync", there);
      await workers[0]!.signalled("calling");
      for (const message of [1, "two", { three: [3] }, null]) {
        connection.sendSync(message);
        expect(connection.recvSync()).toEqual(message);
      }
      connection.sendSync("stop");
      await echo;
      expect(() => connection.recvSync()).toThrow(EOFError);
      expect(() => connection.sendSync(1)).toThrow(BrokenPipeError);
    });

    test(`test_duplex_false [${kind}]: a one-way pipe refuses the wrong direction`, async () => {
      const [reader, writer] = Pipe(false);
      await writer.send(1);
      expect(await reader.recv()).toBe(1);
      const directions = [reader.readable, reader.writable, writer.readable, writer.writable];
      expect(directions).toEqual([true, false, false, true]);
      await expect(reader.send(2)).rejects.toThrow(OSError);
      await expect(writer.recv()).rejects.toThrow(OSError);
      await expect(writer.poll()).rejects.toThrow(OSError);
    });

    test(`test_spawn_close [${kind}]: the parent may close its end right after handing it over`, async () => {
      const [connection, there] = Pipe();
      const echo = workers[0]!.run("echo", there);
      there.close();
      await connection.sendBytes(Buffer.from("hello"));
      expect(text(await connection.recvBytes())).toBe("hello");
      await connection.send("stop");
      await echo;
      connection.close();
    });

    test(`test_sendbytes [${kind}]: offset and size choose a part; wrong ones are ValueErrors`, async () => {
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
      await writer.send("an object");
      await expect(reader.recvBytes()).rejects.toThrow(OSError);
    });

    test(`a message longer than allowed closes the end for reading [${kind}]`, async () => {
      const [first, second] = Pipe();
      await first.sendBytes(bytes(1, 2, 3));
      await expect(second.recvBytes(2)).rejects.toThrow("bad message length");
      expect(second.readable).toBe(false);
      await expect(second.recv()).rejects.toThrow(OSError);
      await second.send("still");
      expect(await first.recv()).toBe("still");
      const [reader, writer] = Pipe(false);
      await writer.sendBytes(bytes(1, 2, 3));
      await expect(reader.recvBytes(2)).rejects.toThrow(OSError);
      expect(reader.closed).toBe(true);
    });

    test(`test_context [${kind}]: leaving the block closes; later use is an OSError`, async () => {
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

    test(`sending to a closed end is a BrokenPipeError; what was sent before can still be received [${kind}]`, async () => {
      const [first, second] = Pipe();
      await first.send(1);
      first.close();
      first.close();
      expect(await second.recv()).toBe(1);
      await expect(second.recv()).rejects.toThrow(EOFError);
      await expect(second.send(2)).rejects.toThrow(BrokenPipeError);
    });

    test(`when the process at the other end is killed, who waits sees the end of file [${kind}]`, async () => {
      await using dying = await startWorker();
      const [here, there] = Pipe();
      const echo = dying.run("echo", there);
      await here.send("hello");
      expect(await here.recv()).toBe("hello");
      // Awaited by somebody before the process dies: the end of file may be seen sooner than its exit.
      const next = expect(here.recv()).rejects.toThrow(EOFError);
      const polled = here.poll(10_000);
      await dying.kill();
      await next;
      expect(await polled).toBe(true);
      expect(() => here.recvSync()).toThrow(EOFError);
      await expect(here.send(1)).rejects.toThrow(BrokenPipeError);
      await expect(echo).rejects.toThrow();
    });

    // A pipe of threads cannot be sent to the process that this starts.
    if (kind !== "thread")
      test(`a process that blocks right after it passed an end on sees the end of file as well [${kind}]`, async () => {
        const [reader, writer] = Pipe(false);
        expect(await workers[0]!.run("sendFromChild", writer, "from the grandchild")).toBe("EOFError");
        expect(await reader.recv()).toBe("from the grandchild");
        await expect(reader.recv()).rejects.toThrow(EOFError);
      });

    test(`a thread that blocks right after it closed an end sees the end of file [${kind}]`, () => {
      const [reader, writer] = Pipe(false);
      writer.close();
      expect(() => reader.recvSync()).toThrow(EOFError);
    });
  });

  describe("_TestPoll", () => {
    test(`test_empty_string [${kind}]: an empty message makes poll true until it is read`, async () => {
      const [a, b] = Pipe();
      expect(await a.poll()).toBe(false);
      await b.sendBytes(bytes());
      expect(await a.poll()).toBe(true);
      expect(a.pollSync()).toBe(true);
      expect((await a.recvBytes()).length).toBe(0);
      expect(await a.poll()).toBe(false);
    });

    test(`test_strings [${kind}]: odd strings survive`, async () => {
      const strings = ["hello", "", "a", "b", "", "bye", "", "lop"];
      const [a, b] = Pipe();
      const sending = workers[0]!.run("sendStrings", b, strings);
      for (const expected of strings) {
        expect(await a.poll(5000)).toBe(true);
        expect(text(await a.recvBytes())).toBe(expected);
      }
      await sending;
    });

    test(`test_boundaries [${kind}]: messages stay apart`, async () => {
      const [a, b] = Pipe();
      expect(await a.poll(0)).toBe(false);
      await workers[0]!.run("sendStrings", b, ["a", "b", "cd"]);
      for (const expected of ["a", "b", "cd"]) {
        expect(await a.poll(10)).toBe(true);
        expect(await a.poll()).toBe(true);
        expect(text(await a.recvBytes())).toBe(expected);
      }
      expect(await a.poll(5000)).toBe(true);
      await expect(a.recvBytes()).rejects.toThrow(EOFError);
    });

    test(`test_dont_merge [${kind}]: messages that lie side by side are not merged`, async () => {
      const [a, b] = Pipe();
      await b.sendBytes(Buffer.from("a"));
      await b.sendBytes(Buffer.from("b"));
      for (const expected of ["a", "b"]) {
        expect(await a.poll()).toBe(true);
        expect(text(await a.recvBytes())).toBe(expected);
      }
      expect(await a.poll(0)).toBe(false);
    });
  });

  describe("_TestPicklingConnections", () => {
    test(`test_pickling [${kind}]: an end goes on to another process, through the first`, async () => {
      const [here, there] = Pipe();
      const end = (await workers[0]!.run("give", there)) as Connection;
      const echo = workers[1]!.run("echo", end);
      await here.send("x");
      expect(await here.recv()).toBe("x");
      await here.send("stop");
      await echo;
      await expect(here.recv()).rejects.toThrow(EOFError);
    });
  });
}
