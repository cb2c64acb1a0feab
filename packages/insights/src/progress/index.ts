export type { Counted, ProgressMode, ProgressOptions, ProgressStats, ProgressStream } from "./options.ts";
export { progress } from "./progress.ts";
