export { decodeFromNetwork, type NetworkDecoding } from "./decode.ts";
export { encodeForNetwork, type NetworkEncoding } from "./encode.ts";
