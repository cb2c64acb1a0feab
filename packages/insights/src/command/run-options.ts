/** What `concurrent-futures run` was asked for. */
export interface RunOptions {
  readonly progress?: string;
  readonly report?: string;
  readonly trace?: string;
  /** A port; 0 for a free one. */
  readonly dashboard?: number;
}

/** The arguments of `run`, read. */
export interface RunArguments {
  readonly options: RunOptions;
  readonly help: boolean;
  /** The script and its own arguments; options end where it begins. */
  readonly script: readonly string[];
}

/** What may follow an option that needs no value; anything else is the script. */
const optionalValue: Readonly<Record<string, RegExp>> = {
  progress: /^(auto|bar|log|off)$/,
  dashboard: /^\d+$/,
};
const files = ["report", "trace"];
const largestPort = 65_535;

/** @throws Error that says what is wrong */
export function parseRunArguments(args: readonly string[]): RunArguments {
  const found: Record<string, string> = {};
  let help = false;
  let at = 0;
  for (; at < args.length; at++) {
    const argument = args[at] as string;
    if (!argument.startsWith("-")) break;
    if (argument === "--help") {
      help = true;
      continue;
    }
    const [, name = "", given] = /^--(\w+)(?:=(.*))?$/s.exec(argument) ?? [];
    const allowed = Object.hasOwn(optionalValue, name) ? optionalValue[name] : undefined;
    if (allowed === undefined && !files.includes(name)) throw new Error(`There is no option ${argument}.`);
    if (name in found) throw new Error(`--${name} was given twice.`);
    const next = args[at + 1];
    if (given !== undefined) found[name] = given;
    else if (next !== undefined && (allowed?.test(next) ?? true)) {
      found[name] = next;
      at++;
    } else if (allowed === undefined) throw new Error(`Expected a file after --${name}.`);
    else found[name] = name === "progress" ? "auto" : "0";
    const value = found[name] as string;
    if (
      value === "" ||
      allowed?.test(value) === false ||
      (name === "dashboard" && Number(value) > largestPort)
    )
      throw new Error(`Expected ${expected[name]} as --${name}, got ${JSON.stringify(value)}.`);
  }
  const { dashboard, ...texts } = found;
  return {
    options: { ...texts, ...(dashboard !== undefined && { dashboard: Number(dashboard) }) },
    help,
    script: args.slice(at),
  };
}

const expected: Readonly<Record<string, string>> = {
  progress: "auto, bar, log or off",
  dashboard: `a port up to ${largestPort}`,
  report: "a file",
  trace: "a file",
};
