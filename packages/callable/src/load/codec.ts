/**
 * What a worker loads once a task has something that needs it: values that are not plain data, functions by value,
 * errors. Tasks by reference on plain data never come here, which keeps a worker's start short.
 */
export { decode, decodeSync } from "../values/decode.ts";
export { packErrorWith, packWith, unpack, unpackError, unpackErrorSync, unpackSync } from "../values/pack.ts";
export { ValuePath } from "../values/value-path.ts";
export { lazySource } from "./lazy-source.ts";
