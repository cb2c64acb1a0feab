import { markExited } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";

/** A worker that dies with the gate held has moved one end of the ring, and not yet changed the count. */

const memory = (file: string): Promise<Record<string, never>> =>
  import(`../dist/bundle/shared/memory/${file}.js` as string) as Promise<Record<string, never>>;

interface Channels {
  readonly queue: { readonly words: Int32Array; readonly firstWord: number };
  tryPut(record: { kind: number; bytes: Uint8Array }): boolean;
  tryGet(): { readonly bytes: Uint8Array } | undefined;
  readonly ring: { readonly length: number };
}
const record = (n: number) => ({ kind: 5, bytes: Uint8Array.from({ length: n }, () => n) });
let dead = 900_000;

async function channelWith(...lengths: number[]): Promise<Channels> {
  const { Channel } = (await memory("channel")) as unknown as {
    Channel: {
      new (memory: unknown, limit: number): Channels;
      allocate(lists: number, words: number): unknown;
    };
  };
  const channel = new Channel(Channel.allocate(0, 0), Number.POSITIVE_INFINITY);
  for (const length of lengths) channel.tryPut(record(length));
  return channel;
}

/** Leaves the gate to a thread that has ended in it. */
function dieInside({ queue }: Channels): void {
  dead++;
  queue.words[0] = (dead + 1) << 1;
  markExited(dead);
}

const drained = (channel: Channels): number[] => {
  const all: number[] = [];
  for (let one = channel.tryGet(); one !== undefined; one = channel.tryGet()) all.push(one.bytes.length);
  return all;
};

describe("a ring whose worker died between two stores", () => {
  test("of a get: the record is gone, and none is made up", async () => {
    const channel = await channelWith(10, 20, 30);
    const { words, firstWord } = channel.queue;
    words[firstWord] = (words[firstWord] as number) + 8 + 16;
    dieInside(channel);
    channel.tryPut(record(40));
    expect(channel.ring.length).toBe(3);
    expect(drained(channel)).toEqual([20, 30, 40]);
  });

  test("of the last get: nothing is left", async () => {
    const channel = await channelWith(10);
    const { words, firstWord } = channel.queue;
    words[firstWord] = words[firstWord + 1] as number;
    dieInside(channel);
    channel.tryPut(record(40));
    expect(drained(channel)).toEqual([40]);
  });

  test("of a put: the record is there", async () => {
    const channel = await channelWith(10, 20);
    const { words, firstWord } = channel.queue;
    words[firstWord + 2] = 1;
    dieInside(channel);
    channel.tryPut(record(30));
    expect(drained(channel)).toEqual([10, 20, 30]);
  });
});
