import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { MessageChannel, MessagePort, receiveMessageOnPort } from "node:worker_threads";

/**
 * The builtins with which a worker does its own work, as they were when it started, and for each a sample of what it has to do:
 * a task may replace one by a shim, but not by what does something else.
 */

export const owners: Readonly<Record<string, object>> = {
  "Array.prototype": Array.prototype,
  "Map.prototype": Map.prototype,
  "Set.prototype": Set.prototype,
  "WeakMap.prototype": WeakMap.prototype,
  "Promise.prototype": Promise.prototype,
  "String.prototype": String.prototype,
  "RegExp.prototype": RegExp.prototype,
  "Function.prototype": Function.prototype,
  "Object.prototype": Object.prototype,
  "Number.prototype": Number.prototype,
  "TypedArray.prototype": Object.getPrototypeOf(Int32Array.prototype) as object,
  "Array Iterator": Object.getPrototypeOf([].values()) as object,
  "Map Iterator": Object.getPrototypeOf(new Map().values()) as object,
  "Set Iterator": Object.getPrototypeOf(new Set().values()) as object,
  "Performance.prototype": Object.getPrototypeOf(performance) as object,
  "EventEmitter.prototype": EventEmitter.prototype,
  "MessagePort.prototype": MessagePort.prototype,
  "EventTarget.prototype": EventTarget.prototype,
  Array,
  Object,
  Promise,
  Reflect,
  Symbol,
  Buffer,
  ArrayBuffer,
  Atomics,
  JSON,
  Math,
  process,
  globalThis: globalThis,
};

/** By which Node hands on each message of a port, in its own turn; undefined where there is no such method. */
const dispatch: symbol | undefined = Object.getOwnPropertySymbols(EventTarget.prototype).find(
  ({ description }) => description === "nodejs.internal.kHybridDispatch",
);

const same = (value: unknown): unknown => value;
const list = (): number[] => [1, 2, 3];
const pairs = (): Map<number, number> => new Map([[1, 2]]);
const members = (): Set<number> => new Set([1]);
const word = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));
const emitter = (): [EventEmitter, () => boolean] => {
  let heard = false;
  const made = new EventEmitter();
  EventEmitter.prototype.on.call(made, "sample", () => {
    heard = true;
  });
  return [made, () => heard];
};

/** By owner and name; each is true for what does the builtin's work. */
export const samples: Readonly<Record<string, Readonly<Record<PropertyKey, () => boolean>>>> = {
  "Array.prototype": {
    push: () => {
      const made: number[] = [];
      return made.push(4) === 1 && made[0] === 4;
    },
    pop: () => list().pop() === 3,
    shift: () => {
      const made = list();
      return made.shift() === 1 && made.length === 2;
    },
    unshift: () => {
      const made = list();
      return made.unshift(0) === 4 && made[0] === 0;
    },
    slice: () => list().slice(1)[0] === 2,
    splice: () => list().splice(1)[1] === 3,
    join: () => list().join("-") === "1-2-3",
    map: () => list().map((x) => x * 2)[2] === 6,
    filter: () => list().filter((x) => x > 2)[0] === 3,
    find: () => list().find((x) => x > 1) === 2,
    findIndex: () => list().findIndex((x) => x > 1) === 1,
    findLastIndex: () => list().findLastIndex((x) => x > 1) === 2,
    some: () => list().some((x) => x > 2) && !list().some((x) => x > 3),
    every: () => list().every((x) => x > 0) && !list().every((x) => x > 1),
    includes: () => list().includes(3) && !list().includes(4),
    indexOf: () => list().indexOf(3) === 2 && list().indexOf(4) === -1,
    at: () => list().at(-1) === 3,
    reduce: () => list().reduce((sum, x) => sum + x, 0) === 6,
    reverse: () => list().reverse()[0] === 3,
    concat: () => list().concat([4])[3] === 4,
    forEach: () => {
      let sum = 0;
      list().forEach((x) => {
        sum += x;
      });
      return sum === 6;
    },
    entries: () => list().entries().next().value?.[1] === 1,
    [Symbol.iterator]: () => list()[Symbol.iterator]().next().value === 1,
  },
  "Map.prototype": {
    get: () => pairs().get(1) === 2 && pairs().get(2) === undefined,
    set: () => pairs().set(3, 4).size === 2,
    has: () => pairs().has(1) && !pairs().has(2),
    delete: () => pairs().delete(1) && !pairs().delete(2),
    clear: () => {
      const made = pairs();
      made.clear();
      return made.size === 0;
    },
    keys: () => pairs().keys().next().value === 1,
    values: () => pairs().values().next().value === 2,
    entries: () => pairs().entries().next().value?.[1] === 2,
    [Symbol.iterator]: () => pairs()[Symbol.iterator]().next().value?.[1] === 2,
  },
  "Set.prototype": {
    has: () => members().has(1) && !members().has(2),
    add: () => members().add(2).size === 2,
    delete: () => members().delete(1) && !members().delete(2),
    clear: () => {
      const made = members();
      made.clear();
      return made.size === 0;
    },
    [Symbol.iterator]: () => members()[Symbol.iterator]().next().value === 1,
  },
  "WeakMap.prototype": {
    get: () => new WeakMap([[owners, 1]]).get(owners) === 1,
    set: () => new WeakMap().set(owners, 1).has(owners),
    has: () => !new WeakMap().has(owners) && new WeakMap([[owners, 1]]).has(owners),
    delete: () => new WeakMap([[owners, 1]]).delete(owners),
  },
  "Promise.prototype": {
    then: () => Promise.prototype.then.call(Promise.resolve(), same) instanceof Promise,
    catch: () => Promise.prototype.catch.call(Promise.resolve(), same) instanceof Promise,
    finally: () => Promise.prototype.finally.call(Promise.resolve(), () => {}) instanceof Promise,
  },
  "String.prototype": {
    slice: () => "abc".slice(1) === "bc",
    split: () => "a-b".split("-")[1] === "b",
    replace: () => "abc".replace("b", "-") === "a-c" && "abc".replace(/b/, () => "-") === "a-c",
    startsWith: () => "abc".startsWith("ab") && !"abc".startsWith("b"),
    endsWith: () => "abc".endsWith("bc") && !"abc".endsWith("b"),
    includes: () => "abc".includes("b") && !"abc".includes("d"),
    indexOf: () => "abc".indexOf("c") === 2 && "abc".indexOf("d") === -1,
    lastIndexOf: () => "abca".lastIndexOf("a") === 3,
  },
  "RegExp.prototype": {
    test: () => /b/.test("abc") && !/d/.test("abc"),
    exec: () => /b/.exec("abc")?.index === 1 && /d/.exec("abc") === null,
  },
  "Function.prototype": {
    call: () => same.call(undefined, 1) === 1,
    apply: () => same.apply(undefined, [1]) === 1,
    bind: () => same.bind(undefined, 1)() === 1,
    toString: () => Function.prototype.toString.call(Array).endsWith("{ [native code] }"),
  },
  "Object.prototype": {
    toString: () => Object.prototype.toString.call([]) === "[object Array]",
    hasOwnProperty: () => Object.hasOwn({ a: 1 }, "a"),
    propertyIsEnumerable: () => Object.prototype.propertyIsEnumerable.call({ a: 1 }, "a"),
  },
  "Number.prototype": { toString: () => (10).toString(16) === "a" },
  "TypedArray.prototype": {
    subarray: () => word().subarray(0, 1).length === 1,
    slice: () => new Float64Array([1, 2]).slice(1)[0] === 2,
    set: () => {
      const made = word();
      made.set([3]);
      return made[0] === 3;
    },
  },
  "Array Iterator": { next: () => [...list()].length === 3 },
  "Map Iterator": { next: () => [...pairs()].length === 1 },
  "Set Iterator": { next: () => [...members()].length === 1 },
  "Performance.prototype": { now: () => performance.now() > 0 },
  "EventEmitter.prototype": {
    emit: () => {
      const [made, heard] = emitter();
      return made.emit("sample") && heard();
    },
    listenerCount: () => emitter()[0].listenerCount("sample") === 1,
  },
  "EventTarget.prototype": {
    ...(dispatch !== undefined && {
      [dispatch]: () => {
        let heard = false;
        const target = new EventTarget();
        target.addEventListener("sample", () => {
          heard = true;
        });
        return target.dispatchEvent(new Event("sample")) && heard;
      },
    }),
  },
  "MessagePort.prototype": {
    postMessage: () => {
      const { port1, port2 } = new MessageChannel();
      try {
        port1.postMessage(1);
        return receiveMessageOnPort(port2)?.message === 1;
      } finally {
        port1.close();
      }
    },
  },
  Array: {
    isArray: () => Array.isArray([]) && !Array.isArray({}),
    from: () => Array.from(members())[0] === 1,
  },
  Object: {
    keys: () => Object.keys({ a: 1 })[0] === "a",
    values: () => Object.values({ a: 1 })[0] === 1,
    entries: () => Object.entries({ a: 1 })[0]?.[1] === 1,
    assign: () => Object.assign({}, { a: 1 }).a === 1,
    create: () => Object.getPrototypeOf(Object.create(owners)) === owners,
    hasOwn: () => Object.hasOwn({ a: 1 }, "a") && !Object.hasOwn({}, "a"),
    defineProperty: () => Object.defineProperty({ a: 0 }, "a", { value: 1 }).a === 1,
    getPrototypeOf: () => Object.getPrototypeOf([]) === Array.prototype,
    setPrototypeOf: () => Object.setPrototypeOf({}, null) instanceof Object === false,
    getOwnPropertyNames: () => Object.getOwnPropertyNames({ a: 1 })[0] === "a",
    getOwnPropertySymbols: () => Object.getOwnPropertySymbols({ [Symbol.iterator]: 1 }).length === 1,
    getOwnPropertyDescriptor: () => Object.getOwnPropertyDescriptor({ a: 1 }, "a")?.value === 1,
    getOwnPropertyDescriptors: () => Object.getOwnPropertyDescriptors({ a: 1 }).a.value === 1,
    fromEntries: () => Object.fromEntries([["a", 1]])["a"] === 1,
  },
  Promise: {
    resolve: () => Promise.resolve(1) instanceof Promise,
    all: () => Promise.all([]) instanceof Promise,
  },
  Reflect: {
    apply: () => Reflect.apply(same, undefined, [1]) === 1,
    construct: () => (Reflect.construct(Map, []) as unknown) instanceof Map,
    ownKeys: () => Reflect.ownKeys({ a: 1 })[0] === "a",
  },
  Symbol: { for: () => Symbol.keyFor(Symbol.for(String(1))) === "1" },
  Buffer: {
    from: () => Buffer.from([1, 2]).length === 2,
    concat: () => Buffer.concat([Buffer.from([1])])[0] === 1,
    allocUnsafe: () => Buffer.allocUnsafe(2).length === 2,
    isBuffer: () => Buffer.isBuffer(Buffer.from([1])) && !Buffer.isBuffer(list()),
  },
  ArrayBuffer: { isView: () => ArrayBuffer.isView(word()) && !ArrayBuffer.isView(list()) },
  Atomics: {
    load: () => Atomics.load(word(), 0) === 0,
    store: () => Atomics.store(word(), 0, 7) === 7,
    add: () => Atomics.add(word(), 0, 7) === 0,
    notify: () => Atomics.notify(word(), 0) === 0,
    wait: () => Atomics.wait(word(), 0, 1) === "not-equal",
    compareExchange: () => Atomics.compareExchange(word(), 0, 1, 2) === 0,
  },
  JSON: {
    parse: () => (JSON.parse("[1]") as number[])[0] === 1,
    stringify: () => JSON.stringify([1]) === "[1]",
  },
  Math: {
    min: () => Math.min(1, 2) === 1,
    max: () => Math.max(1, 2) === 2,
    floor: () => Math.floor(1.5) === 1,
  },
  process: {
    getBuiltinModule: () => typeof process.getBuiltinModule("node:vm") === "object",
    cwd: () => typeof process.cwd() === "string",
  },
  globalThis: {
    Array: () => new Array(2).length === 2,
    Map: () => pairs() instanceof Map,
    Set: () => members() instanceof Set,
    WeakMap: () => new WeakMap() instanceof WeakMap,
    WeakSet: () => new WeakSet() instanceof WeakSet,
    Promise: () => Promise.resolve() instanceof Promise,
    Object: () => Object.getPrototypeOf(new Object()) === Object.prototype,
    Function: () => same instanceof Function,
    Symbol: () => typeof Symbol("a") === "symbol",
    String: () => String(1) === "1",
    Number: () => Number("1") === 1,
    Error: () => new Error("a").message === "a",
    Date: () => typeof new Date(0).getTime() === "number" && typeof Date.now() === "number",
    Uint8Array: () => new Uint8Array(2).length === 2,
    Int32Array: () => word().length === 1,
    Float64Array: () => new Float64Array(2).length === 2,
    URL: () => new URL("file:///a").pathname === "/a",
  },
};
