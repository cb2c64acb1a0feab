export type { ThreadPoolOptions } from "./options.ts";
export { ThreadPoolExecutor } from "./thread-pool-executor.ts";
