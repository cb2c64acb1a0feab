import { deserialize, serialize } from "node:v8";
import type { Medium } from "@concurrent-futures/callable";
import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import { SerializationError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";
import { checkAddress } from "../connection/address.ts";
import type { ProxyState, Reply, Request } from "./wire.ts";

/**
 * Requests and replies as bytes. Between this program's own workers they are what V8 serializes; to and from anybody else
 * they go by the network's format, and each field is looked at before it is used.
 */
export function encodeMessage(message: Request | Reply, medium: Medium): Uint8Array {
  return medium === "network" ? encodeForNetwork(message, { name: "the message" }) : serialize(message);
}

/** A request that no client of this library makes; its sender is told why. */
export interface RefusedRequest {
  readonly op: "refused";
  readonly id: number;
  readonly error: unknown;
}

/** @throws SerializationError for what has not even a number to answer to */
export function decodeRequest(bytes: Uint8Array, medium: Medium): Request | RefusedRequest {
  if (medium !== "network") return deserialize(bytes) as Request;
  const message = record(decodeFromNetwork(bytes));
  const id = index(message["id"]);
  try {
    return checkRequest(message, id);
  } catch (error) {
    return { op: "refused", id, error };
  }
}

function checkRequest(message: Readonly<Record<string, unknown>>, id: number): Request {
  const op = message["op"];
  switch (op) {
    case "hello":
      return { op, id, client: text(message["client"]) };
    case "create":
      return { op, id, type: text(message["type"]), args: message["args"] };
    case "call": {
      const [object, method, owner] = [
        text(message["object"]),
        text(message["method"]),
        text(message["owner"]),
      ];
      return { op, id, object, method, args: message["args"], owner };
    }
    case "incref":
    case "decref":
    case "lease":
      return { op, id, object: text(message["object"]) };
    case "received":
      return { op, id, reply: index(message["reply"]) };
    case "info":
      return { op, id };
    default:
      throw wrong("an unknown request");
  }
}

/** @throws SerializationError for what no server sends */
export function decodeReply(bytes: Uint8Array, medium: Medium): Reply {
  if (medium !== "network") return deserialize(bytes) as Reply;
  const message = record(decodeFromNetwork(bytes));
  const id = index(message["id"]);
  if (message["ok"] === true) {
    const reply = { id, ok: true, value: message["value"] } as const;
    return message["ackRequested"] === true ? { ...reply, ackRequested: true } : reply;
  }
  const { packed, name, message: what, stack } = record(message["error"]);
  return { id, ok: false, error: { packed, name: text(name), message: text(what), stack: text(stack) } };
}

/** What is passed to a function one by one: engines take not many more, and a list of holes is as long as it says. */
const mostArguments = 65_535;

/** The arguments of a request, put together again. @throws ValueError */
export function checkArguments(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length > mostArguments)
    throw new ValueError(
      `Expected a list of at most ${mostArguments} arguments, got ${describeValue(value)}.`,
    );
  return value;
}

/** Names that a proxy may have: a server with more would be one of its own kind. */
const mostExposed = 1_000;
/** Characters of all of them. */
const longestNames = 65_536;

/** Lists of names that have been looked at: of one list in a message there may be as many proxies as it likes. */
const checkedNames = new WeakMap<object, readonly string[]>();

function checkNames(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > mostExposed) throw wrong("a proxy without methods");
  const known = checkedNames.get(value);
  if (known !== undefined) return known;
  const names = value.map(text);
  if (names.reduce((sum, name) => sum + name.length, 0) > longestNames)
    throw wrong("a proxy with too long names");
  checkedNames.set(value, names);
  return names;
}

/** The state of a proxy that has arrived. @throws SerializationError, ValueError for what is none */
export function checkProxyState(value: unknown): ProxyState {
  const { address, id, type, exposed, builtin, own } = record(value);
  return {
    address: checkAddress(address),
    id: text(id),
    type: text(type),
    exposed: checkNames(exposed),
    ...(builtin === undefined ? {} : { builtin: text(builtin) }),
    ...(own === true ? { own } : {}),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw wrong("no object");
  // Own properties only: what is missing must not be found on a prototype.
  return Object.assign(Object.create(null) as object, value) as Record<string, unknown>;
}

function index(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong("an invalid number");
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw wrong("an invalid name");
}

function wrong(what: string): SerializationError {
  return new SerializationError(
    `The other side has sent ${what}. Expected a message of a manager of this library.`,
  );
}
