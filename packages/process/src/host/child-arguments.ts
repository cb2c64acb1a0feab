import type { HostOptions } from "./worker-host.ts";

/** Options of Node that are about the program or the process that has them, not about its workers. */
const withValue = new Set(["-e", "--eval", "-p", "--print", "-pe"]);
const alone = /^(--inspect|--debug|--test\b|--watch|--check|-c$|-i$|--interactive|--input-type)/;

/**
 * Node's options for a worker process: those of this process, so that loaders and flags are the same, and the limits of
 * its heap.
 */
export function childArguments({
  execArgv,
  resourceLimits,
}: Pick<HostOptions, "execArgv" | "resourceLimits">): string[] {
  const given = execArgv ?? inherited(process.execArgv);
  const { maxOldGenerationSizeMb, maxYoungGenerationSizeMb, stackSizeMb } = resourceLimits ?? {};
  return [
    ...given,
    ...(maxOldGenerationSizeMb === undefined ? [] : [`--max-old-space-size=${maxOldGenerationSizeMb}`]),
    ...(maxYoungGenerationSizeMb === undefined
      ? []
      : [`--max-semi-space-size=${Math.ceil(maxYoungGenerationSizeMb / 3)}`]),
    ...(stackSizeMb === undefined ? [] : [`--stack-size=${Math.floor(stackSizeMb * 1000)}`]),
  ];
}

/**
 * The option `execArgv` of a thread whose file is ours, where it cannot simply have those of this process: a worker of
 * `node -e` would be asked to evaluate, too.
 */
export function threadArguments(): { execArgv?: string[] } {
  const isEvaluated = process.execArgv.some((option) => /^(-e|-p|--eval|--print|--input-type)/.test(option));
  return isEvaluated ? { execArgv: inherited(process.execArgv) } : {};
}

function inherited(options: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < options.length; at++) {
    const option = options[at] as string;
    if (withValue.has(option)) at++;
    else if (!alone.test(option)) kept.push(option);
  }
  return kept;
}
