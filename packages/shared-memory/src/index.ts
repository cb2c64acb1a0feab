export { SharedMemoryError } from "./errors.ts";
export { sharedBuffer } from "./shared-buffer.ts";
