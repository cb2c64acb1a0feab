export type { NetworkDecoding } from "./classes.ts";
export { decodeFromNetwork } from "./decode.ts";
export { encodeForNetwork, type NetworkEncoding } from "./encode.ts";
export type { ExportName, ExportNames } from "./export-name.ts";
