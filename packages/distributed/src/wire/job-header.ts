import { SerializationError } from "@concurrent-futures/core";
import { type CarriedHeader, isCarried } from "./carried.ts";

/** What stands in a job beside the arguments. Its names are short, since Redis keeps a copy for each job. */
export interface JobHeader {
  /** The version of this format. */
  readonly v: 1;
  /** The executor that waits for the replies. */
  readonly r: string;
  /** How many calls the job holds. */
  readonly n: number;
  /** The function: module and path. Missing where it goes by value. */
  readonly f?: { readonly m: string; readonly p: readonly string[] };
  /** The calls are rows of a map: they run one after the other, in one process. */
  readonly k?: 1;
  /** The function goes by value, before the arguments. */
  readonly c?: 1;
  /** Proves who has sent the job. */
  readonly h?: string;
  /** Modules of what the arguments name. */
  readonly m?: readonly string[];
  /** Milliseconds that a call may run. */
  readonly t?: number;
  /** Is not to run a second time. */
  readonly d?: 1;
  /** Runs although the executor is gone. */
  readonly o?: 1;
  /** Which attempt of the call it is, from 2 on. */
  readonly a?: number;
  /** The map's seed and the index of the first call. */
  readonly s?: readonly [seed: number, index: number];
  /** What the calls take along, such as a trace. */
  readonly x?: CarriedHeader;
  /** The arguments, in base64. */
  readonly b?: string;
  /** Bytes of the arguments, where they lie under a key of their own. */
  readonly g?: number;
}

/** The most calls that one job may hold. */
export const mostCalls = 10_000;

/** A job's data as a header. @throws SerializationError when it is none */
export function checkHeader(data: unknown): JobHeader {
  const header = data as JobHeader;
  if (
    typeof data === "object" &&
    data !== null &&
    header.v === 1 &&
    isText(header.r) &&
    isCount(header.n) &&
    header.n >= 1 &&
    header.n <= mostCalls &&
    (header.c === 1 ? header.f === undefined : isFunctionName(header.f)) &&
    (header.k === undefined || header.k === 1) &&
    (header.m === undefined || isTexts(header.m)) &&
    (header.t === undefined || (typeof header.t === "number" && header.t > 0)) &&
    (header.a === undefined || isCount(header.a)) &&
    (header.s === undefined || isSeed(header.s)) &&
    (header.x === undefined || isCarried(header.x, header.n, isFunctionName)) &&
    (header.b === undefined ? isCount(header.g) : typeof header.b === "string")
  ) {
    return header;
  }
  throw new SerializationError(
    "Expected a job of a DistributedExecutor of this version, got other data. Nothing else may add jobs to this queue.",
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 1_000;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 1_000 && value.every(isText);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isFunctionName(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { m, p } = value as { readonly m?: unknown; readonly p?: unknown };
  return isText(m) && isTexts(p) && (p as unknown[]).length <= 3;
}

function isSeed(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && Number.isFinite(value[0]) && isCount(value[1]);
}
