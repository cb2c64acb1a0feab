import { execFileSync } from "node:child_process";
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MessageChannel } from "node:worker_threads";
import {
  type AnyFunction,
  describe as describeFunction,
  pack,
  reduce,
  revive,
  task,
  tasksFrom,
} from "@concurrent-futures/callable";
import { ArgumentTypeError, Future, SerializationError } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import * as shapes from "./fixtures/shapes.mjs";

/** What cannot be sent is refused where it is handed over, by a message that names it and says what to do. */

const socket = new Socket();
const server = new Server();
const generator = (function* () {
  yield 1;
})();
const promise = Promise.resolve(1);
const weak = new WeakMap();
const local = Symbol("local");
const proxied = new Proxy(class {}, {});
const secret = new shapes.Secret();
const nested = { pool: { sockets: new Map([["a", [socket]]]) } };
const usesSocket = (): boolean => socket.destroyed;
let assigned = 0;
// biome-ignore lint/correctness/noUnusedVariables: the row below assigns to it.
let object = { n: 0 };
class Base {
  greet(): string {
    return "hi";
  }
}
class Derived extends Base {
  #mark = 1;
  override greet(): string {
    return super.greet();
  }
  mark(): number {
    return this.#mark;
  }
  peek(other: Derived): number {
    return other.#mark;
  }
}
class Cyclic {
  me = this;
  [reduce](): unknown {
    return { me: this.me };
  }
  static [revive](): Cyclic {
    return new Cyclic();
  }
}
class HalfDone {
  [reduce](): unknown {
    return 1;
  }
}
class SocketUser extends Socket {}
function outerArguments(..._args: number[]): () => unknown {
  // biome-ignore lint/complexity/noArguments: refused, and that is the point
  return () => arguments[0];
}
function outerThis(this: { x: number }): () => number {
  return () => this.x;
}
const readStream = (): unknown => createReadStream(new URL(import.meta.url));

const functions: readonly (readonly [string, () => AnyFunction, string])[] = [
  [
    "a native method of a prototype",
    () => "".at as AnyFunction,
    "Cannot send the function at: it is native, it has no source. Wrap it: `(...args) => at(...args)`.",
  ],
  [
    "a bound function",
    () => shapes.square.bind(null, 1),
    "Cannot send the function bound square: it is bound",
  ],
  [
    "a function with this",
    () =>
      function (this: { x: number }) {
        return this.x;
      },
    "it uses `this`, which is not sent with a function. Pass the object as an argument instead.",
  ],
  [
    "a method with this",
    () =>
      ({
        x: 1,
        get() {
          return this.x;
        },
      }).get,
    "Cannot send the function get (refusals.test.ts:",
  ],
  ["an arrow function with an outer this", () => outerThis.call({ x: 1 }), "it uses `this`"],
  [
    "a prototype method with this",
    () => shapes.Point.prototype.sum,
    "Cannot send the function sum (shapes.mjs): it uses `this`",
  ],
  [
    "a method with super",
    () => Derived.prototype.greet,
    "it uses `super`, which is not sent with a function. Send the class or an instance instead.",
  ],
  ["a method with a private name", () => Derived.prototype.peek, "it uses a private name of its class"],
  [
    "an arrow function with outer arguments",
    () => outerArguments(1),
    "it uses the `arguments` of the function around it. Use a rest parameter there.",
  ],
  [
    "a function with eval",
    // biome-ignore lint/security/noGlobalEval: refused, and that is the point
    () => (text: string) => eval(text),
    "it calls eval(), so its variables cannot be determined",
  ],
  [
    "a function that assigns outside",
    () => () => {
      assigned = 1;
    },
    "it assigns to `assigned`, a variable outside of it; the change would be lost in the worker. Return the value instead; " +
      "to keep something for later calls, export the initializer and those functions from the module of the variable.",
  ],
  ["a function that counts outside", () => () => assigned++, "it assigns to `assigned`"],
  [
    "a function that destructures into the outside",
    () => () => {
      ({ object } = { object: { n: 1 } });
    },
    "it assigns to `object`",
  ],
  [
    "a captured socket",
    () => usesSocket,
    "Cannot send the variable `socket` of function usesSocket (refusals.test.ts:",
  ],
  [
    "a captured socket of a captured function",
    () => () => usesSocket(),
    "Cannot send the variable `socket` of function usesSocket (refusals.test.ts:",
  ],
  ["a captured server", () => () => server.listening, "a Server belongs to the thread that made it"],
  [
    "a captured structure with a socket",
    () => () => nested.pool,
    'Cannot send the variable `nested`.pool.sockets.get("a")[0] of function (anonymous) (refusals.test.ts:',
  ],
  [
    "a captured generator",
    () => () => generator.next(),
    "a generator that lives in this thread cannot be sent to another thread or process. Send an array of its values, or the function that makes it.",
  ],
  [
    "a captured promise",
    () => async () => await promise,
    "a promise cannot be sent to another thread or process. Await it first and send what it resolves to.",
  ],
  ["a captured WeakMap", () => () => weak, "Send a Map or a Set."],
  [
    "a captured local symbol",
    () => () => local,
    "Symbol(local) cannot be sent to another thread or process. Use Symbol.for()",
  ],
  [
    "a captured instance with private fields",
    () => () => secret.show(),
    "Cannot send the variable `secret` of function (anonymous)",
  ],
];

const values: readonly (readonly [string, () => unknown, string])[] = [
  [
    "a future",
    () => new Future(),
    "Cannot send argument 1: a Future is a promise of this thread. Await it first and send what it resolves to.",
  ],
  [
    "what Node keeps in the thread, with its article",
    () => new AbortController().signal,
    "Cannot send argument 1: an AbortSignal belongs to the thread",
  ],
  [
    "a long chain of objects",
    () => {
      let chain: object = {};
      for (let links = 0; links < 100_000; links++) chain = { next: chain };
      return chain;
    },
    "Cannot send argument 1 .next.next.next.next.next.next … .next.next.next: a structure of more than 1000 levels " +
      "cannot be sent to another thread or process. Send it in a flatter form",
  ],
  [
    "a socket",
    () => socket,
    "Cannot send argument 1: a Socket belongs to the thread that made it (handles and streams cannot be sent). Make it inside the function, from plain data such as a path or an address.",
  ],
  [
    "a socket in options",
    () => ({ options: { socket } }),
    "Cannot send argument 1 .options.socket: a Socket belongs",
  ],
  ["a socket in a Map", () => nested, 'Cannot send argument 1 .pool.sockets.get("a")[0]: a Socket belongs'],
  ["a subclass of Socket", () => new SocketUser(), "a SocketUser, which is a Socket, belongs to the thread"],
  [
    "a stream",
    () => {
      const stream = readStream() as { destroy(): void };
      stream.destroy();
      return stream;
    },
    "a ReadStream belongs to the thread that made it",
  ],
  [
    "a native function",
    () => ({ callback: parseInt }),
    "Cannot send argument 1 .callback: the function parseInt cannot be sent: it is native",
  ],
  ["a bound function", () => [shapes.square.bind(null)], "it is bound"],
  ["a generator", () => generator, "a generator that lives in this thread"],
  ["an iterator", () => [1].values(), "cannot be sent"],
  ["a Map iterator", () => new Map().keys(), "Send an array of its values"],
  ["a promise", () => [promise], "Cannot send argument 1 [0]: a promise cannot be sent"],
  ["a WeakSet", () => new WeakSet(), "a WeakSet cannot be sent"],
  ["a WeakRef", () => new WeakRef({}), "WeakRef"],
  ["a local symbol", () => ({ key: local }), "Cannot send argument 1 .key: Symbol(local) cannot be sent"],
  [
    "a proxy of a class instance",
    () => new Proxy(new shapes.Point(1, 2), {}),
    "Cannot send argument 1: a Proxy cannot be sent to another thread or process. Send the object behind it, or a copy.",
  ],
  [
    "a proxy of a plain object",
    () => new Proxy({ a: 1 }, {}),
    "Cannot send argument 1: a Proxy cannot be sent",
  ],
  [
    "a nested one",
    () => ({ a: [{ b: new Proxy({}, {}) }] }),
    "Cannot send argument 1 .a[0].b: a Proxy cannot",
  ],
  ["a proxy of an array", () => [new Proxy([1], {})], "Cannot send argument 1 [0]: a Proxy cannot be sent"],
  [
    "a proxy of a Map",
    () => new Map([["k", new Proxy(new Map(), {})]]),
    'argument 1 .get("k"): a Proxy cannot',
  ],
  ["a proxy of memory", () => new Proxy(new Uint8Array(8), {}), "a Proxy cannot be sent"],
  [
    "a revoked proxy",
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return { proxy };
    },
    "Cannot send argument 1 .proxy: a Proxy cannot be sent",
  ],
  [
    "the arguments of a function",
    () => ({
      given: (function (..._: number[]) {
        // biome-ignore lint/complexity/noArguments: it is what is tested
        return arguments;
      })(1, 2),
    }),
    "Cannot send argument 1 .given: the `arguments` of a function cannot be sent to another thread or process. Send an array: [...arguments].",
  ],
  ["a class behind a proxy", () => proxied, "Cannot send"],
  [
    "private fields",
    () => ({ deep: [secret] }),
    "Cannot send argument 1 .deep[0]: the class Secret has private fields, which only its own code can read. Give it [reduce]() and static [revive](state), which define what is sent.",
  ],
  ["private fields of a local class", () => new Derived(), "the class Derived has private fields"],
  [
    "[reduce] without [revive]",
    () => new HalfDone(),
    "its class HalfDone has [reduce]() but no static [revive](state). Add it.",
  ],
  ["[reduce] in a circle", () => new Cyclic(), "a cycle through a [reduce] state"],
  [
    "a port that is not moved",
    () => {
      const { port1, port2 } = new MessageChannel();
      port2.close();
      return port1;
    },
    "It can only be moved, and only to a thread: wrap it in move(), or name it in `transfer`.",
  ],
  [
    "a timer",
    () => {
      // biome-ignore lint/style/noRestrictedGlobals: a timer is what is refused.
      const timer = setTimeout(() => {}, 1);
      clearTimeout(timer);
      return timer;
    },
    "Timeout",
  ],
  [
    "a field under a local symbol",
    () => Object.assign(new shapes.Point(1, 2), { [local]: 1 }),
    "Cannot send argument 1 [Symbol(local)]: Symbol(local) cannot be sent",
  ],
  ["an AbortSignal", () => new AbortController().signal, "AbortSignal"],
  [
    "an error with a socket",
    () => Object.assign(new Error("x"), { socket }),
    "Cannot send argument 1 .socket: a Socket belongs",
  ],
];

function refusal(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was not refused");
}

describe("a function is refused at once", () => {
  test.each(functions)("%s", (_name, make, message) => {
    const error = refusal(() => describeFunction(make()));
    expect(error).toBeInstanceOf(SerializationError);
    expect(error.message).toContain(message);
  });
});

describe("a value is refused at once", () => {
  test.each(values)("%s", (_name, make, message) => {
    const error = refusal(() => pack(make(), [], "thread", "argument 1"));
    expect(error).toBeInstanceOf(SerializationError);
    expect(error.message).toContain(message);
  });
});

test("the environment is refused as what it is", () => {
  // Jest's is a Proxy.
  const program = `import { pack } from "@concurrent-futures/callable";
    try { pack({ env: process.env }, [], "thread", "argument 1"); } catch (error) { console.log(error.message); }`;
  const cwd = new URL(".", import.meta.url);
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd,
    encoding: "utf8",
  });
  expect(said).toContain(
    "Cannot send argument 1 .env: an object of Node's own, such as process.env, belongs to the thread that made it",
  );
});

describe("other media", () => {
  test("processes do not get shared memory", () => {
    for (const value of [new SharedArrayBuffer(4), { a: new Int32Array(new SharedArrayBuffer(4)) }]) {
      expect(refusal(() => pack(value, [], "spawn")).message).toContain("shared memory reaches threads only");
      expect(pack(value)).toBe(value);
    }
  });

  test("processes do not get blobs and keys", () => {
    expect(refusal(() => pack(new Blob(["x"]), [], "spawn")).message).toContain("a Blob cannot be sent");
  });
});

describe("arguments of the explicit forms", () => {
  test.each([
    ["a path", () => task("./tasks.js")],
    ["a number", () => task(5 as unknown as string)],
    ["an empty name", () => task(new URL("file:///x.js"), "")],
    ["tasksFrom a path", () => tasksFrom("tasks.js")],
    ["no function", () => describeFunction({} as AnyFunction)],
  ])("%s", (_name, run) => {
    expect(refusal(run)).toBeInstanceOf(ArgumentTypeError);
  });
});

describe("the refusal of a function that is inside of what is sent", () => {
  let total = 0;
  const tools = { deep: [{ add: (n: number) => (total += n) }] };
  const uses = () => tools;

  test("names the variable of the submitted function, the path in it, and the function", () => {
    const { message } = refusal(() => describeFunction(uses));
    expect(message).toMatch(
      /^Cannot send the variable `tools`\.deep\[0\]\.add of function uses \(refusals\.test\.ts:\d+\): the function add \(refusals\.test\.ts:\d+\) cannot be sent: it assigns to `total`/,
    );
  });

  test("names the argument, not a variable of a function on the way", () => {
    const { message } = refusal(() => pack([1, { uses }], [], "thread", "argument 2"));
    expect(message).toMatch(/^Cannot send argument 2 \[1\]\.uses: the function add \(/);
  });

  test("says of a library's object where to make it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "refusals-"));
    try {
      const home = join(folder, "node_modules", "@scope", "schemas");
      mkdirSync(home, { recursive: true });
      writeFileSync(
        join(home, "index.mjs"),
        "let made = 0; export const schema = () => ({ parse: () => ++made });",
      );
      const { schema } = (await import(pathToFileURL(join(home, "index.mjs")).href)) as {
        schema: () => object;
      };
      const user = schema();
      const { message } = refusal(() => describeFunction(() => user));
      expect(message).toContain("Cannot send the variable `user`.parse of function");
      expect(message).toContain("it is made of functions of the package @scope/schemas");
      expect(message).toContain(
        "at the top level of the module that exports the submitted function, or with resource()",
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
