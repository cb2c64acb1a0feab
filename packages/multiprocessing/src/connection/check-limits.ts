import { ArgumentTypeError } from "@concurrent-futures/core";
import { checkInteger, checkOptions, describeValue } from "@concurrent-futures/core/options";

/** A `limits` option, with the defaults of what is not in it. @throws ArgumentTypeError, ValueError */
export function checkLimits<T extends { readonly [K in keyof T]: number }>(value: unknown, defaults: T): T {
  if (value === undefined) return defaults;
  if (typeof value !== "object" || value === null) {
    throw new ArgumentTypeError(`Expected \`limits\` to be an object, got ${describeValue(value)}.`);
  }
  const names = Object.keys(defaults) as (keyof T & string)[];
  checkOptions("limits", value, names);
  const given = value as Partial<T>;
  const checked = names.map((name) => {
    const limit = given[name];
    return [name, limit === undefined ? defaults[name] : checkInteger(`limits.${name}`, limit)];
  });
  return Object.fromEntries(checked) as T;
}
