import { createHmac } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import {
  AuthenticationError,
  BaseManager,
  Client,
  Listener,
  SyncManager,
} from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, jest, test } from "@jest/globals";

/** What somebody without the key can do with the handshake. */

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

async function listening(options: ConstructorParameters<typeof Listener>[0] = {}): Promise<Listener> {
  const listener = await new Listener({ address: ["127.0.0.1", 0], authkey: "key", ...options }).ready();
  cleanup.push(() => listener.close());
  return listener;
}

/** A peer that reads and writes messages by hand. */
class RawPeer {
  readonly socket: Socket;
  #data: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (piece: Buffer) => {
      this.#data = Buffer.concat([this.#data, piece]);
    });
    socket.on("error", () => {});
    cleanup.push(() => socket.destroy());
  }

  static to(listener: { readonly address: unknown }): RawPeer {
    const [host, port] = listener.address as [string, number];
    return new RawPeer(connect(port, host));
  }

  write(body: Uint8Array): void {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    this.socket.write(Buffer.concat([head, body]));
  }

  /** The next message; `undefined` when the other side has hung up. */
  async read(): Promise<Buffer | undefined> {
    while (this.#data.length < 4 || this.#data.length < 4 + this.#data.readUInt32BE(0)) {
      if (this.socket.readableEnded || this.socket.destroyed) return undefined;
      await Promise.race([
        once(this.socket, "data").catch(() => {}),
        once(this.socket, "close").catch(() => {}),
      ]);
    }
    const length = this.#data.readUInt32BE(0);
    const message = this.#data.subarray(4, 4 + length);
    this.#data = this.#data.subarray(4 + length);
    return message;
  }
}

/** A listener by hand; gives its clients one after the other. */
async function rawListener(): Promise<{ address: [string, number]; next: () => Promise<RawPeer> }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.push(() => server.close());
  const waiting: RawPeer[] = [];
  const wakes: (() => void)[] = [];
  server.on("connection", (socket) => {
    waiting.push(new RawPeer(socket));
    wakes.shift()?.();
  });
  const next = async (): Promise<RawPeer> => {
    if (waiting.length === 0) await new Promise<void>((resolve) => wakes.push(resolve));
    return waiting.shift() as RawPeer;
  };
  return { address: ["127.0.0.1", (server.address() as AddressInfo).port], next };
}

describe("a listener without the key", () => {
  test("gets no client by sending a client's challenge of one connection back on another", async () => {
    const { address, next } = await rawListener();
    const [first, second] = [Client(address, { authkey: "key" }), Client(address, { authkey: "key" })].map(
      (client) =>
        client.then(
          () => "let in",
          (error: unknown) => error,
        ),
    );
    const [one, two] = [await next(), await next()];
    // On the first it does as Python's listener, cannot check the answer, and is challenged.
    one.write(Buffer.concat([Buffer.from("#CHALLENGE#{sha256}"), Buffer.alloc(40, 7)]));
    await one.read();
    one.write(Buffer.from("#WELCOME#"));
    const challenge = (await one.read()) as Buffer;
    expect(challenge.toString("latin1")).toMatch(/^#CHALLENGE#/);
    two.write(challenge);
    // The answer to it would be the listener's proof on the first.
    expect(await two.read()).toBeUndefined();
    expect(await second).toBeInstanceOf(AuthenticationError);
    one.write(Buffer.alloc(40));
    expect(await first).toBeInstanceOf(AuthenticationError);
  });

  test("gets no client by replaying what a listener has said to another", async () => {
    const { address, next } = await rawListener();
    const listener = await listening();
    const said: Buffer[] = [];
    // A whole handshake, recorded on its way.
    const good = Client(address, { authkey: "key" });
    const client = await next();
    const server = RawPeer.to(listener);
    said.push((await server.read()) as Buffer);
    client.write(said[0] as Buffer);
    server.write((await client.read()) as Buffer);
    said.push((await server.read()) as Buffer);
    client.write(said[1] as Buffer);
    (await good).close();
    (await listener.accept()).close();
    // Once more, from the record.
    const replayed = Client(address, { authkey: "key" });
    const victim = await next();
    victim.write(said[0] as Buffer);
    await victim.read();
    victim.write(said[1] as Buffer);
    await expect(replayed).rejects.toBeInstanceOf(AuthenticationError);
  });
});

describe("a listener that sends back", () => {
  test("what the client has just proved gets no client", async () => {
    const { address, next } = await rawListener();
    const listener = await listening();
    const reflected = Client(address, { authkey: "key" });
    const victim = await next();
    // Any challenge of ours: it is the client's proof that is to serve as the listener's.
    victim.write((await RawPeer.to(listener).read()) as Buffer);
    const answer = (await victim.read()) as Buffer;
    victim.write(Buffer.concat([Buffer.from("#WELCOME#"), answer.subarray(-32)]));
    await expect(reflected).rejects.toBeInstanceOf(AuthenticationError);
  });
});

describe("a client without the key", () => {
  test("is refused with what another client has said on its connection", async () => {
    const { address, next } = await rawListener();
    const listener = await listening();
    const good = Client(address, { authkey: "key" });
    const [client, server] = [await next(), RawPeer.to(listener)];
    client.write((await server.read()) as Buffer);
    const answer = (await client.read()) as Buffer;
    server.write(answer);
    client.write((await server.read()) as Buffer);
    (await good).close();
    (await listener.accept()).close();
    const again = RawPeer.to(listener);
    await again.read();
    again.write(answer);
    await expect(listener.accept()).rejects.toBeInstanceOf(AuthenticationError);
  });

  test("is hung up on as soon as it announces a longer message than a handshake has", async () => {
    const listener = await listening({ limits: { silence: 60_000 } });
    const peer = RawPeer.to(listener);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(257);
    peer.socket.write(head);
    await expect(listener.accept()).rejects.toThrow("hung up");
  });

  test.each<[string, (challenge: Buffer) => Uint8Array]>([
    ["the listener's own challenge", (challenge) => challenge],
    ["nothing", () => new Uint8Array(0)],
    ["sixteen bytes, as an old Python's answer has", () => new Uint8Array(16)],
    ["an answer in this library's form", () => Buffer.concat([Buffer.from("{cf1}"), Buffer.alloc(64)])],
    ["an answer in Python's form", () => Buffer.concat([Buffer.from("{sha256}"), Buffer.alloc(32)])],
    ["a welcome", () => Buffer.from("#WELCOME#")],
  ])("is refused when it answers with %s", async (_what, answer) => {
    const listener = await listening();
    const accepted = listener.accept();
    const peer = RawPeer.to(listener);
    peer.write(answer((await peer.read()) as Buffer));
    await expect(accepted).rejects.toBeInstanceOf(AuthenticationError);
    expect(await peer.read()).toEqual(Buffer.from("#FAILURE#"));
  });
});

describe("pythonPeers", () => {
  test('"none" lets in this library only, and refuses Python\'s form on both sides', async () => {
    const listener = await listening({ pythonPeers: "none" });
    const [server, client] = await Promise.all([
      listener.accept(),
      Client(listener.address, { authkey: "key", pythonPeers: "none" }),
    ]);
    server.close();
    client.close();
    const python = RawPeer.to(listener);
    const challenge = ((await python.read()) as Buffer).subarray("#CHALLENGE#".length);
    const mac = createHmac("sha256", "key").update(challenge).digest();
    python.write(Buffer.concat([Buffer.from("{sha256}"), mac]));
    await expect(listener.accept()).rejects.toThrow("does not speak this library's handshake");
    const { address, next } = await rawListener();
    const refused = Client(address, { authkey: "key", pythonPeers: "none" });
    (await next()).write(Buffer.concat([Buffer.from("#CHALLENGE#{sha256}"), Buffer.alloc(40, 7)]));
    await expect(refused).rejects.toBeInstanceOf(AuthenticationError);
  });

  test('"modern" does not answer a challenge that rests on MD5, and none asks for MD5 by name', async () => {
    const { address, next } = await rawListener();
    for (const [options, challenge] of [
      [{ pythonPeers: "modern" as const }, Buffer.alloc(20, 7)],
      [{}, Buffer.concat([Buffer.from("{md5}"), Buffer.alloc(40, 7)])],
    ] as const) {
      const refused = Client(address, { authkey: "key", ...options });
      const peer = await next();
      peer.write(Buffer.concat([Buffer.from("#CHALLENGE#"), challenge]));
      await expect(refused).rejects.toBeInstanceOf(AuthenticationError);
    }
  });

  test("anything else is refused at the call", () => {
    expect(() => new Listener({ pythonPeers: "all" as never })).toThrow("pythonPeers");
  });

  test("managers speak this library's handshake only", async () => {
    const { address, next } = await rawListener();
    const manager = new BaseManager({ address, authkey: "key" });
    const refused = manager.connect();
    (await next()).write(Buffer.concat([Buffer.from("#CHALLENGE#{sha256}"), Buffer.alloc(40, 7)]));
    await expect(refused).rejects.toBeInstanceOf(AuthenticationError);
  });
});

describe("a manager's server", () => {
  test("refuses a right answer in Python's form, and lets in who speaks this library's", async () => {
    const manager = new SyncManager({ address: ["127.0.0.1", 0], authkey: "key" });
    await manager.start();
    cleanup.push(() => manager.shutdown());
    for (const sent of ["sha256", "md5", undefined]) {
      const python = RawPeer.to(manager);
      const challenge = ((await python.read()) as Buffer).subarray("#CHALLENGE#".length);
      const mac = createHmac(sent ?? "md5", "key")
        .update(challenge)
        .digest();
      python.write(sent === undefined ? mac : Buffer.concat([Buffer.from(`{${sent}}`), mac]));
      const heard = await python.read();
      expect([sent, heard?.toString() ?? "hung up"]).toEqual([sent, "hung up"]);
    }
    const client = await new SyncManager({ address: manager.address, authkey: "key" }).connect();
    expect(await (await (client as SyncManager).list([1])).length()).toBe(1);
  });
});

describe("a TCP listener without a key", () => {
  test("warns, unless `null` says that it is meant; a Unix socket does not", async () => {
    const warnings = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    try {
      for (const options of [{ authkey: null }, { address: undefined }] as const) {
        const { address, ...rest } = { address: ["127.0.0.1", 0] as const, ...options };
        const listener = new Listener(address === undefined ? rest : { ...rest, address });
        await listener.close();
      }
      expect(warnings).not.toHaveBeenCalled();
      await new Listener({ address: ["127.0.0.1", 0] }).close();
      expect(warnings).toHaveBeenCalledWith(
        expect.stringContaining("without an authkey"),
        expect.objectContaining({ code: "CF_LISTENER_WITHOUT_KEY" }),
      );
    } finally {
      warnings.mockRestore();
    }
  });
});
