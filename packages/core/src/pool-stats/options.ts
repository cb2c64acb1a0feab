import { ValueError } from "../errors.ts";
import { checkOptions, describeValue } from "../options.ts";
import type { PoolStatsOptions } from "./pool-stats.ts";

/** The window in milliseconds, if there is one. @throws ArgumentTypeError, ValueError for wrong options */
export function checkPoolStatsOptions(options: PoolStatsOptions): number | undefined {
  checkOptions("options", options, ["window"]);
  const { window } = options;
  if (window !== undefined && !(typeof window === "number" && window > 0))
    throw new ValueError(
      `Expected \`window\` to be milliseconds, more than 0, got ${describeValue(window)}.`,
    );
  return window;
}
