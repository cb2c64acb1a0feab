import { builtin } from "../load/node-builtins.ts";
import type { Captured } from "../values/source.ts";

/** Names that no scope around a function has: builtins, which every thread has, and globals of the program's own. */

/** Globals that Node adds to the language's, in all versions together. */
const ofNode =
  `Buffer process global globalThis console setTimeout setInterval setImmediate clearTimeout clearInterval
  clearImmediate queueMicrotask structuredClone atob btoa performance fetch crypto navigator require module exports
  AbortController AbortSignal Blob File FormData Headers Request Response EventSource WebSocket CloseEvent Event
  EventTarget CustomEvent MessageChannel MessagePort MessageEvent BroadcastChannel DOMException URL URLSearchParams
  URLPattern TextEncoder TextDecoder TextEncoderStream TextDecoderStream ReadableStream ReadableStreamDefaultReader
  ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableByteStreamController ReadableStreamDefaultController
  TransformStream TransformStreamDefaultController WritableStream WritableStreamDefaultController
  WritableStreamDefaultWriter ByteLengthQueuingStrategy CountQueuingStrategy CompressionStream DecompressionStream
  Crypto CryptoKey SubtleCrypto Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver
  PerformanceObserverEntryList PerformanceResourceTiming Navigator Storage localStorage sessionStorage WebAssembly
  gc eval undefined NaN Infinity arguments QuotaExceededError ErrorEvent`.split(/\s+/);

/** The globals that functions use most, which every thread has: they are known without a look at a new context. */
const ofLanguage = new Set(
  `undefined NaN Infinity Math Number String Boolean BigInt Object Array JSON Date Map Set Error RangeError TypeError
  parseInt parseFloat Uint8Array Int32Array Uint32Array Float64Array Promise Symbol`.split(/\s+/),
);

/** Whether a name is one of the most used globals of the language. `false` says nothing. */
export function isOfLanguage(name: string): boolean {
  return ofLanguage.has(name);
}

let everywhere: Set<string> | undefined;

/** The names of globals that every thread has: the language's and Node's. */
export function globalNames(): ReadonlySet<string> {
  everywhere ??= new Set([
    ...ofNode,
    ...(builtin("node:vm")!.runInNewContext("Object.getOwnPropertyNames(globalThis)") as string[]),
  ]);
  return everywhere;
}

/** Whether a name means something without any scope, here or everywhere. */
export function isGlobal(name: string): boolean {
  return name in globalThis || globalNames().has(name);
}

/**
 * A global that the program defined itself is captured like any variable. `undefined`: the worker has the name by
 * itself, or nobody has it.
 */
export function globalValue(name: string): Captured | undefined {
  if (ofLanguage.has(name) || globalNames().has(name) || !(name in globalThis)) return undefined;
  return { kind: "value", name, value: (globalThis as Record<string, unknown>)[name] };
}
