import { checkOptions } from "../options.ts";

/** What `shutdown` takes. */
export interface ShutdownOptions {
  /** Whether the promise waits until all work has ended and the workers are gone. Queued work runs either way. @default true */
  readonly wait?: boolean;
  /** Cancel what has not started. @default false */
  readonly cancelFutures?: boolean;
}

const shutdownOptions = ["wait", "cancelFutures"] as const;

/** Refuses wrong `shutdown` options. @throws ArgumentTypeError, ValueError */
export function checkShutdownOptions(options: ShutdownOptions): Required<ShutdownOptions> {
  checkOptions("options", options, shutdownOptions);
  return { wait: options.wait ?? true, cancelFutures: options.cancelFutures ?? false };
}
